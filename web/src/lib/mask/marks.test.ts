import { expect, test } from 'vitest';
import { add, NO_MARKS, redo, undo, type Mark } from './marks';

const invert: Mark = { kind: 'invert' };
const clear: Mark = { kind: 'clear' };

test('undo takes the last mark back and redo gives it again', () => {
  const two = add(add(NO_MARKS, invert), clear);
  expect(undo(two).done).toEqual([invert]);
  expect(redo(undo(two)).done).toEqual([invert, clear]);
});

test('a new mark forgets what was undone', () => {
  expect(add(undo(add(NO_MARKS, invert)), clear)).toEqual({ done: [clear], undone: [] });
});

test('nothing to undo or redo is no change', () => {
  expect(undo(NO_MARKS)).toBe(NO_MARKS);
  expect(redo(NO_MARKS)).toBe(NO_MARKS);
});
