/**
 * The outlines of a mask, as closed loops, to let ants march along them.
 *
 * Every side between a set pixel and one that is not is an edge, directed so that the set pixel lies on its
 * right. Edges are chained into loops; the loop runs through their midpoints, which rounds the stairs off.
 *
 * @param bits one byte a pixel, 1 where the mask is set.
 * @param width of the mask.
 * @param height of the mask.
 * @returns each loop as x, y, x, y, … in shares of the width and height.
 */
export function contours(bits: Uint8Array, width: number, height: number): Float32Array[] {
  const edges = new Edges(width, height);
  const set = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < width && y < height && bits[y * width + x] === 1;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (!set(x, y)) continue;
      if (!set(x, y - 1)) edges.add(x, y, x + 1, y);
      if (!set(x + 1, y)) edges.add(x + 1, y, x + 1, y + 1);
      if (!set(x, y + 1)) edges.add(x + 1, y + 1, x, y + 1);
      if (!set(x - 1, y)) edges.add(x, y + 1, x, y);
    }
  }
  return edges.loops();
}

/** Directed edges by where they start; where two masks touch at a corner, two start at one place. */
class Edges {
  #first: Int32Array;
  #second: Int32Array;
  #columns: number;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.#columns = width + 1;
    this.#first = new Int32Array(this.#columns * (height + 1)).fill(-1);
    this.#second = new Int32Array(this.#columns * (height + 1)).fill(-1);
  }

  add(x: number, y: number, toX: number, toY: number) {
    const from = y * this.#columns + x;
    const to = toY * this.#columns + toX;
    if (this.#first[from] === -1) this.#first[from] = to;
    else this.#second[from] = to;
  }

  loops(): Float32Array[] {
    const found: Float32Array[] = [];
    for (let start = 0; start < this.#first.length; start += 1) {
      while (this.#first[start] !== -1) found.push(this.#walk(start));
    }
    return found;
  }

  #walk(start: number): Float32Array {
    const middles: number[] = [];
    let here = start;
    do {
      const next = this.#take(here);
      const sumX = (here % this.#columns) + (next % this.#columns);
      const sumY = Math.floor(here / this.#columns) + Math.floor(next / this.#columns);
      middles.push(sumX / 2 / this.width, sumY / 2 / this.height);
      here = next;
    } while (here !== start);
    return Float32Array.from(middles);
  }

  #take(from: number): number {
    const to = this.#first[from] ?? -1;
    this.#first[from] = this.#second[from] ?? -1;
    this.#second[from] = -1;
    return to;
  }
}
