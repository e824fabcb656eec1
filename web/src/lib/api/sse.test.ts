import { expect, test } from 'vitest';
import { readEvents, type SentEvent } from './sse';

async function* bytes(...texts: string[]) {
  for (const text of texts) yield new TextEncoder().encode(text);
}

async function read(...texts: string[]): Promise<SentEvent[]> {
  const events: SentEvent[] = [];
  for await (const event of readEvents(bytes(...texts))) events.push(event);
  return events;
}

test('an event may arrive in pieces', async () => {
  expect(await read('event: prog', 'ress\ndata: {"a"', ':1}\n', '\nevent: result\ndata: {}\n\n')).toEqual([
    { name: 'progress', data: '{"a":1}' },
    { name: 'result', data: '{}' },
  ]);
});

test('comments are skipped and an unfinished event is dropped', async () => {
  expect(await read(': still painting\n\n', 'data: x\n\n', 'event: half\ndata: y')).toEqual([
    { name: 'message', data: 'x' },
  ]);
});
