import {
  Failure,
  run,
  stop,
  type Model,
  type Price,
  type Problem,
  type QuoteRequest,
  type Result,
} from '../api/client';
import { pictureOf, type Picture } from '../pictures';
import { catalog } from './catalog.svelte';

/** Fields that a model may lack. They keep their values while another model hides them. */
export const OPTIONAL = ['negative_prompt', 'quality', 'seed'] as const;

export interface Wish {
  prompt: string;
  negative_prompt: string;
  n: number;
  /** `WIDTHxHEIGHT`; empty: the model's own. */
  size: string;
  /** A tier; empty: the model's own. */
  quality: string;
  seed: string;
}

/** One request to paint, and how it stands. */
export class Painting {
  fraction: number | null = $state(null);
  preview: string | undefined = $state();
  previews = $state(0);
  run: string | undefined = $state();
  /** As it was quoted when the run began. */
  price: Price | undefined = $state.raw();
  stopping = $state(false);
  pictures: Picture[] = $state.raw([]);
  result: Result | undefined = $state.raw();
  problem: Problem | undefined = $state.raw();

  constructor(
    readonly id: number,
    readonly model: Model,
    readonly fields: ReturnType<typeof fieldsOf>,
  ) {}

  get over(): boolean {
    return this.result !== undefined || this.problem !== undefined;
  }

  async start() {
    try {
      const result = await run(
        this.fields,
        {},
        {
          started: (id, price) => {
            this.run = id;
            this.price = price;
          },
          progress: (fraction) => (this.fraction = fraction),
          preview: (picture) => {
            this.preview = URL.createObjectURL(picture);
            this.previews += 1;
          },
        },
      );
      this.pictures = result.images.map(pictureOf);
      this.result = { ...result, images: [] };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.problem = error.problem;
    }
  }

  async stop() {
    if (!this.run) return;
    this.stopping = true;
    await stop(this.run);
  }
}

/** What is asked for on the painting page, and what was painted. Newest first. */
class Paintings {
  wish: Wish = $state({ prompt: '', negative_prompt: '', n: 1, size: '', quality: '', seed: '' });
  chosen: string | undefined = $state();
  all: Painting[] = $state.raw([]);
  selected: Picture | undefined = $state.raw();
  model: Model | undefined = $derived(catalog.find(this.chosen) ?? catalog.first('generate'));
  #next = 1;

  /** What the price is asked for. */
  quoteRequest: QuoteRequest | undefined = $derived.by(() => {
    if (!this.model) return undefined;
    const { prompt, seed, ...fields } = fieldsOf(this.wish, this.model);
    return { ...fields, ...(seed === undefined ? {} : { seed: Number(seed) }), prompt: prompt || '…' };
  });

  paint(fields = this.model && fieldsOf(this.wish, this.model), model = this.model): Painting | undefined {
    if (!model || !fields?.prompt) return undefined;
    const painting = new Painting(this.#next, model, fields);
    this.#next += 1;
    this.all = [painting, ...this.all];
    void painting.start().then(() => {
      this.selected = painting.pictures[0] ?? this.selected;
    });
    return painting;
  }

  /** The painting that a picture came from. */
  of(picture: Picture | undefined): Painting | undefined {
    return this.all.find((painting) => picture && painting.pictures.includes(picture));
  }
}

/** Whether a model has a field. */
export function takes(model: Model, field: (typeof OPTIONAL)[number]): boolean {
  if (field === 'quality') return model.qualities.length > 0;
  return field === 'seed' ? model.seed : model.negative_prompt;
}

function fieldsOf(wish: Wish, model: Model) {
  const has = (field: (typeof OPTIONAL)[number]) => takes(model, field) && wish[field].trim();
  return {
    operation: 'generate',
    model: model.id,
    prompt: wish.prompt.trim(),
    n: wish.n,
    ...(wish.size && { size: wish.size }),
    ...(has('quality') && { quality: wish.quality }),
    ...(has('negative_prompt') && { negative_prompt: wish.negative_prompt.trim() }),
    ...(has('seed') && { seed: wish.seed.trim() }),
    ...(model.partial_images > 0 && { partial_images: Math.min(2, model.partial_images) }),
  };
}

export const paintings = new Paintings();
