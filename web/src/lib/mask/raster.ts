import { getStroke } from 'perfect-freehand';
import { covered, type Box } from './box';
import type { Mark } from './marks';

const LONGEST = 2048;
/** Pixels across the small copy that shares are counted on. */
const SAMPLE = 256;

/** The mask as pixels for the screen: what is opaque may change. It is drawn from the marks, newest last. */
export class MaskRaster {
  readonly canvas: HTMLCanvasElement;
  readonly scale: number;
  #committed: CanvasRenderingContext2D;
  #shown: CanvasRenderingContext2D;
  #drawn: readonly Mark[] = [];

  /**
   * @param width of the picture, in its pixels.
   * @param height of the picture.
   */
  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.scale = Math.min(1, LONGEST / Math.max(width, height));
    this.#committed = sheet(width * this.scale, height * this.scale);
    this.#shown = sheet(width * this.scale, height * this.scale);
    this.canvas = this.#shown.canvas;
  }

  /**
   * Draws the marks.
   *
   * @param marks all of them.
   * @param live one that is still being made.
   */
  draw(marks: readonly Mark[], live?: Mark) {
    const goesOn = this.#drawn.every((mark, place) => marks[place] === mark);
    if (!goesOn) clear(this.#committed);
    for (const mark of marks.slice(goesOn ? this.#drawn.length : 0)) apply(this.#committed, mark, this.scale);
    this.#drawn = marks;
    clear(this.#shown);
    this.#shown.drawImage(this.#committed.canvas, 0, 0);
    if (live) apply(this.#shown, live, this.scale);
  }

  /** Which share of the picture is masked, 0..1. */
  share(): number {
    const small = this.#small(SAMPLE);
    let sum = 0;
    for (let place = 3; place < small.data.length; place += 4) sum += small.data[place] ?? 0;
    return sum / 255 / (small.width * small.height);
  }

  /** The smallest box that holds all that may change, in pixels of the picture. Absent: nothing may. */
  box(): Box | undefined {
    const { width, height } = this.canvas;
    const found = covered(this.#committed.getImageData(0, 0, width, height));
    if (!found) return undefined;
    const [left, top, right, bottom] = found;
    return [
      Math.floor((left * this.width) / width),
      Math.floor((top * this.height) / height),
      Math.ceil((right * this.width) / width),
      Math.ceil((bottom * this.height) / height),
    ];
  }

  /** A small copy of the mask: one byte a pixel, 1 where it is set. */
  bits(longest: number): { bits: Uint8Array; width: number; height: number } {
    const { data, width, height } = this.#small(longest);
    const bits = new Uint8Array(width * height);
    for (let place = 0; place < bits.length; place += 1)
      bits[place] = (data[place * 4 + 3] ?? 0) > 127 ? 1 : 0;
    return { bits, width, height };
  }

  #small(longest: number): ImageData {
    const factor = Math.min(1, longest / Math.max(this.canvas.width, this.canvas.height));
    const small = sheet(this.canvas.width * factor, this.canvas.height * factor, true);
    small.drawImage(this.canvas, 0, 0, small.canvas.width, small.canvas.height);
    return small.getImageData(0, 0, small.canvas.width, small.canvas.height);
  }
}

/**
 * The mask as the server takes it, in the picture's own size: white may change, black is kept.
 *
 * @param marks all of them.
 * @param width of the picture.
 * @param height of the picture.
 */
export function exportMask(marks: readonly Mark[], width: number, height: number): Promise<Blob> {
  const context = sheet(width, height);
  for (const mark of marks) apply(context, mark, 1);
  context.globalCompositeOperation = 'destination-over';
  context.fillStyle = '#000';
  context.fillRect(0, 0, width, height);
  return new Promise((resolve, reject) => {
    context.canvas.toBlob((blob) => {
      if (blob) resolve(blob);
      else reject(new Error('the mask could not be encoded'));
    }, 'image/png');
  });
}

function sheet(width: number, height: number, read = false): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width));
  canvas.height = Math.max(1, Math.round(height));
  const context = canvas.getContext('2d', { willReadFrequently: read });
  if (!context) throw new Error('this browser cannot draw');
  return context;
}

function clear(context: CanvasRenderingContext2D) {
  context.globalCompositeOperation = 'source-over';
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
}

function apply(context: CanvasRenderingContext2D, mark: Mark, scale: number) {
  context.fillStyle = '#fff';
  if (mark.kind === 'clear') {
    clear(context);
  } else if (mark.kind === 'invert') {
    context.globalCompositeOperation = 'source-out';
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  } else {
    context.globalCompositeOperation = mark.adds ? 'source-over' : 'destination-out';
    context.fill(mark.kind === 'stroke' ? stroke(mark, scale) : rectangle(mark, scale));
  }
  context.globalCompositeOperation = 'source-over';
}

function stroke(mark: Mark & { kind: 'stroke' }, scale: number): Path2D {
  const spots = mark.spots.map(([x, y, pressure]) => [x * scale, y * scale, pressure]);
  const outline = getStroke(spots, {
    size: mark.size * scale,
    thinning: mark.pen ? 0.5 : 0,
    smoothing: 0.5,
    streamline: 0.2,
    simulatePressure: false,
    last: true,
  });
  const path = new Path2D();
  outline.forEach(([x = 0, y = 0], place) => {
    if (place) path.lineTo(x, y);
    else path.moveTo(x, y);
  });
  path.closePath();
  return path;
}

function rectangle(mark: Mark & { kind: 'rectangle' }, scale: number): Path2D {
  const path = new Path2D();
  const [left, top] = mark.from;
  const [right, bottom] = mark.to;
  path.rect(left * scale, top * scale, (right - left) * scale, (bottom - top) * scale);
  return path;
}
