import type { View } from './view';

/** Colours of what lies on the picture; the same in both themes. */
export interface Inks {
  fill: string;
  edge: string;
}

/** A loop of the mask's outline, ready to be stroked in the picture's pixels. */
export function outline(loops: Float32Array[], width: number, height: number): Path2D {
  const path = new Path2D();
  for (const loop of loops) {
    for (let place = 0; place < loop.length; place += 2) {
      const x = (loop[place] ?? 0) * width;
      const y = (loop[place + 1] ?? 0) * height;
      if (place) path.lineTo(x, y);
      else path.moveTo(x, y);
    }
    path.closePath();
  }
  return path;
}

/** The picture, and over it the mask as rubylith: a red film with fine hatching. */
export class Base {
  #film = document.createElement('canvas');

  constructor(readonly context: CanvasRenderingContext2D) {}

  draw(view: View, dots: number, picture: ImageBitmap, mask: CanvasImageSource, inks: Inks) {
    const { context } = this;
    const { width, height } = context.canvas;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    place(context, view, dots);
    context.imageSmoothingEnabled = view.scale < 3;
    context.drawImage(picture, 0, 0);
    this.#paintFilm(view, dots, picture, mask, inks);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.#film, 0, 0);
  }

  #paintFilm(view: View, dots: number, picture: ImageBitmap, mask: CanvasImageSource, inks: Inks) {
    const { width, height } = this.context.canvas;
    const film = this.#film;
    const context = film.getContext('2d');
    if (!context) return;
    if (film.width !== width || film.height !== height) {
      film.width = width;
      film.height = height;
    }
    context.globalCompositeOperation = 'copy';
    place(context, view, dots);
    context.drawImage(mask, 0, 0, picture.width, picture.height);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalCompositeOperation = 'source-in';
    context.fillStyle = inks.fill;
    context.fillRect(0, 0, width, height);
    context.globalCompositeOperation = 'source-atop';
    hatch(context, dots, width, height);
  }
}

function place(context: CanvasRenderingContext2D, view: View, dots: number) {
  context.setTransform(view.scale * dots, 0, 0, view.scale * dots, view.x * dots, view.y * dots);
}

function hatch(context: CanvasRenderingContext2D, dots: number, width: number, height: number) {
  context.strokeStyle = 'rgb(255 246 238 / .22)';
  context.lineWidth = 1.25 * dots;
  context.beginPath();
  for (let x = -height; x < width; x += 8 * dots) {
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
  }
  context.stroke();
}

export interface Cursor {
  x: number;
  y: number;
  /** Across, in the picture's pixels; 0: a cross only. */
  size: number;
}

/** What moves above the picture: marching ants, the brush, and a rectangle in the making. */
export function drawAbove(
  context: CanvasRenderingContext2D,
  view: View,
  dots: number,
  edge: Path2D | undefined,
  phase: number,
  cursor: Cursor | undefined,
  inks: Inks,
) {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  place(context, view, dots);
  const hair = 1 / view.scale;
  if (edge) {
    context.lineWidth = 2 * hair;
    context.setLineDash([]);
    context.strokeStyle = 'rgb(29 25 21 / .75)';
    context.stroke(edge);
    context.lineWidth = 1.5 * hair;
    context.setLineDash([5 * hair, 4 * hair]);
    context.lineDashOffset = -phase * hair;
    context.strokeStyle = inks.edge;
    context.stroke(edge);
    context.setLineDash([]);
  }
  if (cursor) drawCursor(context, cursor, hair);
}

function drawCursor(context: CanvasRenderingContext2D, { x, y, size }: Cursor, hair: number) {
  const ring = new Path2D();
  ring.arc(x, y, Math.max(size / 2, 2 * hair), 0, 2 * Math.PI);
  const cross = new Path2D();
  cross.moveTo(x - 4 * hair, y);
  cross.lineTo(x + 4 * hair, y);
  cross.moveTo(x, y - 4 * hair);
  cross.lineTo(x, y + 4 * hair);
  for (const [width, colour] of [
    [3, 'rgb(29 25 21 / .7)'],
    [1.5, '#fffaf2'],
  ] as const) {
    context.lineWidth = width * hair;
    context.strokeStyle = colour;
    if (size) context.stroke(ring);
    context.stroke(cross);
  }
}
