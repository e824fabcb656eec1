import { expect, test } from 'vitest';
import { fit, pan, zoom } from './view';

const picture = { width: 1000, height: 500 };
const stage = { width: 600, height: 600 };

test('the whole picture fits in the middle', () => {
  expect(fit(picture, stage, { width: 100, height: 100 })).toEqual({ scale: 0.5, x: 50, y: 175 });
});

test('the point under the pointer stays while zooming', () => {
  const before = fit(picture, stage, { width: 100, height: 100 });
  const after = zoom(before, 2, 300, 300);
  expect((300 - after.x) / after.scale).toBeCloseTo((300 - before.x) / before.scale);
});

test('the picture cannot be lost off the stage', () => {
  const far = pan({ scale: 0.5, x: 0, y: 0 }, -10_000, 10_000, picture, stage);
  expect(far.x).toBe(48 - 500);
  expect(far.y).toBe(600 - 48);
});
