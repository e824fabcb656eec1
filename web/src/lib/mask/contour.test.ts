import { expect, test } from 'vitest';
import { contours } from './contour';

function mask(...rows: string[]): [Uint8Array, number, number] {
  const bits = Uint8Array.from(rows.join(''), (cell) => (cell === '#' ? 1 : 0));
  return [bits, rows[0]?.length ?? 0, rows.length];
}

test('an empty mask has no outline', () => {
  expect(contours(...mask('...', '...'))).toEqual([]);
});

test('one pixel is one loop of four sides', () => {
  const [loop, ...others] = contours(...mask('..', '.#'));
  expect(others).toEqual([]);
  expect(Array.from(loop ?? [])).toEqual([0.75, 0.5, 1, 0.75, 0.75, 1, 0.5, 0.75]);
});

test('a hole has an outline of its own', () => {
  expect(contours(...mask('###', '#.#', '###')).map((loop) => loop.length / 2)).toEqual([12, 4]);
});

test('pixels that touch at a corner still give closed loops over every side', () => {
  const loops = contours(...mask('#.', '.#'));
  expect(loops.reduce((sum, loop) => sum + loop.length / 2, 0)).toBe(8);
});
