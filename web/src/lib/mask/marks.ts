/** A place on the picture in its own pixels, and how hard the pen pressed (0..1). */
export type Spot = [x: number, y: number, pressure: number];

/** One act of masking. Marks are kept as acts, not as pixels, so that they can be undone and drawn at any size. */
export type Mark =
  | { kind: 'stroke'; adds: boolean; size: number; pen: boolean; spots: Spot[] }
  | { kind: 'rectangle'; adds: boolean; from: Spot; to: Spot }
  | { kind: 'invert' }
  | { kind: 'clear' };

/** The marks made so far, and those that were undone. Values are replaced, never changed. */
export interface History {
  readonly done: readonly Mark[];
  readonly undone: readonly Mark[];
}

export const NO_MARKS: History = { done: [], undone: [] };

export function add(history: History, mark: Mark): History {
  return { done: [...history.done, mark], undone: [] };
}

export function undo(history: History): History {
  const last = history.done.at(-1);
  return last ? { done: history.done.slice(0, -1), undone: [...history.undone, last] } : history;
}

export function redo(history: History): History {
  const next = history.undone.at(-1);
  return next ? { done: [...history.done, next], undone: history.undone.slice(0, -1) } : history;
}
