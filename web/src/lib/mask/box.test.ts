import { expect, test } from 'vitest';
import { covered } from './box';

function image(width: number, height: number, ...spots: [x: number, y: number, alpha: number][]): ImageData {
  const data = new Uint8ClampedArray(width * height * 4);
  for (const [x, y, alpha] of spots) data[(y * width + x) * 4 + 3] = alpha;
  return { data, width, height, colorSpace: 'srgb' } as ImageData;
}

test('nothing is covered', () => {
  expect(covered(image(4, 3))).toBeUndefined();
});

test('the faintest edge counts, because the server repaints it too', () => {
  expect(covered(image(4, 3, [1, 2, 1]))).toEqual([1, 2, 2, 3]);
});

test('it reaches from the first to the last pixel, both ways', () => {
  expect(covered(image(9, 7, [6, 1, 255], [2, 5, 255]))).toEqual([2, 1, 7, 6]);
  expect(covered(image(3, 2, [0, 0, 255], [2, 1, 255]))).toEqual([0, 0, 3, 2]);
});
