import type { components } from './schema';
import { chunksOf, readEvents } from './sse';

type Schemas = components['schemas'];
export type Model = Schemas['ModelOut'];
export type Price = Schemas['PriceOut'];
export type Quote = Schemas['QuoteOut'];
export type QuoteRequest = Schemas['QuoteIn'];
export type Note = Schemas['NoteOut'];
export type Measured = Schemas['MeasuredOut'];
export type Attempt = Schemas['AttemptOut'];
export type Image = Schemas['ImageOut'];
export type Result = Schemas['RunOut'];
export type Problem = Schemas['ProblemOut'];

/** A refusal or failure, in three parts: what happened, what was billed, what to do. */
export class Failure extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

const UNREACHED: Problem = {
  type: 'urn:limner:error:unreached',
  title: 'Unreached',
  status: 0,
  detail: '',
  code: 'unreached',
  billed: 'unknown',
  remedy: '',
  request_id: '',
};

/** What a run tells while it goes on. */
export interface Listener {
  started?: (run: string, price: Price) => void;
  progress?: (fraction: number | null) => void;
  preview?: (picture: Blob) => void;
}

export async function models(): Promise<Model[]> {
  return (await answer(await send('/api/v1/models'))) as Model[];
}

export async function quote(request: QuoteRequest, signal: AbortSignal): Promise<Quote> {
  const init = { method: 'POST', body: JSON.stringify(request), signal, headers: JSON_BODY };
  return (await answer(await send('/api/v1/quote', init))) as Quote;
}

/**
 * Carries a request out, and tells what happens.
 *
 * @param fields of the request, by the server's names; those that are undefined are left out.
 * @param files the pictures, under `image` and `mask`.
 */
export async function run(
  fields: Record<string, string | number | boolean | undefined>,
  files: Partial<Record<'image' | 'mask', Blob>>,
  listener: Listener,
): Promise<Result> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) form.set(name, String(value));
  for (const [name, file] of Object.entries(files)) form.set(name, file, `${name}.png`);
  const response = await send('/api/v1/run', { method: 'POST', body: form, headers: EVENT_STREAM });
  if (!response.ok || !response.body) throw await failure(response);
  let problem = UNREACHED;
  try {
    let result: Result | undefined;
    for await (const { name, data } of readEvents(chunksOf(response.body))) {
      if (name === 'result') result = JSON.parse(data) as Result;
      else if (name === 'error') problem = JSON.parse(data) as Problem;
      else tell(listener, name, JSON.parse(data) as Told);
    }
    if (result) return result;
  } catch {
    // The connection broke: what became of the run is not known here.
  }
  throw new Failure(problem);
}

/** Asks a run to stop. That it is over already is no failure. */
export async function stop(run: string): Promise<void> {
  await send(`/api/v1/runs/${encodeURIComponent(run)}`, { method: 'DELETE' });
}

/** The picture in an answer. */
export function blobOf(base64: string, mediaType: string): Blob {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let place = 0; place < text.length; place += 1) bytes[place] = text.charCodeAt(place);
  return new Blob([bytes], { type: mediaType });
}

const JSON_BODY = { 'content-type': 'application/json' };
const EVENT_STREAM = { accept: 'text/event-stream' };

interface Told {
  run: string;
  price?: Price;
  fraction?: number | null;
  images?: { b64_json: string }[];
}

function tell(listener: Listener, name: string, told: Told) {
  if (name === 'quoted' && told.price) listener.started?.(told.run, told.price);
  if (name === 'progress') listener.progress?.(told.fraction ?? null);
  if (name === 'preview')
    for (const image of told.images ?? []) listener.preview?.(blobOf(image.b64_json, 'image/png'));
}

async function send(path: string, init?: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Failure({
      ...UNREACHED,
      billed: init?.method === 'POST' && path.endsWith('/run') ? 'unknown' : 'no',
    });
  }
}

async function answer(response: Response): Promise<unknown> {
  if (!response.ok) throw await failure(response);
  return response.json();
}

async function failure(response: Response): Promise<Failure> {
  try {
    return new Failure((await response.json()) as Problem);
  } catch {
    return new Failure({ ...UNREACHED, status: response.status });
  }
}
