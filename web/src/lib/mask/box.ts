/** Left, top, right and bottom in pixels; right and bottom lie just outside. */
export type Box = [number, number, number, number];

/** The smallest box that holds every pixel that is not wholly transparent. Absent: there is none. */
export function covered({ data, width, height }: ImageData): Box | undefined {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0, place = 3; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, place += 4) {
      if (!data[place]) continue;
      if (x < left) left = x;
      if (x >= right) right = x + 1;
      if (y < top) top = y;
      bottom = y + 1;
    }
  }
  return right ? [left, top, right, bottom] : undefined;
}
