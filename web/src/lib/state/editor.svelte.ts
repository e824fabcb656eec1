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
import type { Box } from '../mask/box';
import { add, NO_MARKS, redo, undo, type History, type Mark } from '../mask/marks';
import { exportMask } from '../mask/raster';
import { pictureOf } from '../pictures';
import { catalog } from './catalog.svelte';

export const OPERATIONS = ['erase', 'inpaint'] as const;
export type Operation = (typeof OPERATIONS)[number];
export type Tool = 'brush' | 'eraser' | 'rectangle' | 'pan';

/** A picture on the way from the original to what is wanted. Every kept edit is one. */
export interface Step {
  readonly title: Operation | 'original' | 'painted';
  readonly words: string;
  readonly blob: Blob;
  readonly url: string;
  readonly bitmap: ImageBitmap;
  readonly model?: string;
  readonly price?: Price;
  /** Pixels that changed outside the mask, and out of how many. */
  readonly changed?: number;
  readonly outside?: number;
}

/** An edit that was made and waits to be kept or discarded. */
export interface Review {
  readonly step: Step;
  readonly result: Result;
  /** Mean step in colour across the mask's edge, 0..255. Null: the mask has no edge. */
  readonly seam: number | null;
}

class Work {
  fraction: number | null = $state(null);
  preview: string | undefined = $state();
  run: string | undefined = $state();
  stopping = $state(false);
}

class Editor {
  steps: Step[] = $state.raw([]);
  place = $state(0);
  operation: Operation = $state('erase');
  prompt = $state('');
  chosen: Partial<Record<Operation, string>> = $state({});
  tool: Tool = $state('brush');
  brush = $state(48);
  feather = $state(0);
  marks: History = $state.raw(NO_MARKS);
  /** Which share of the picture is masked, 0..1; the stage counts it. */
  share = $state(0);
  /** Where it is masked; the stage finds it. Absent: nowhere yet. */
  box: Box | undefined = $state.raw();
  review: Review | undefined = $state.raw();
  work: Work | undefined = $state.raw();
  problem: Problem | undefined = $state.raw();
  notAPicture = $state(false);

  step: Step | undefined = $derived(this.steps[this.place]);
  model: Model | undefined = $derived(
    catalog.find(this.chosen[this.operation]) ?? catalog.first(this.operation),
  );

  /** What the price is asked for. */
  quoteRequest: QuoteRequest | undefined = $derived.by(() => {
    if (!this.model || !this.step) return undefined;
    const { width, height } = this.step.bitmap;
    return {
      ...this.#fields(this.model),
      image_sizes: [`${width}x${height}`],
      mask_box: this.box ?? [0, 0, width, height],
    };
  });

  /** Whether words say what should be there: erasing needs none, and some models take none. */
  takesWords: boolean = $derived(
    this.operation !== 'erase' && this.model?.operations[this.operation]?.prompt !== 'unused',
  );

  /** Whether there is enough to start with. */
  ready: boolean = $derived(this.share > 0 && (!this.takesWords || this.prompt.trim() !== ''));

  /** Begins with a picture; what was open before is closed. */
  async open(blob: Blob, title: 'original' | 'painted', words = '') {
    const step = await stepOf(blob, { title, words });
    this.notAPicture = step === undefined;
    if (!step) return;
    this.steps.forEach(forget);
    this.steps = [step];
    this.#turnTo(0);
    this.brush = Math.max(8, Math.round(Math.max(step.bitmap.width, step.bitmap.height) / 18));
    this.feather = 0;
  }

  goTo(place: number) {
    if (this.work) return;
    this.#turnTo(place);
  }

  mark(mark: Mark) {
    this.marks = add(this.marks, mark);
  }

  undo() {
    this.marks = undo(this.marks);
  }

  redo() {
    this.marks = redo(this.marks);
  }

  /** Has the operation carried out inside the mask. */
  async start() {
    const { step, model } = this;
    if (!step || !model || !this.ready || this.work) return;
    this.problem = undefined;
    const work = (this.work = new Work());
    try {
      const mask = await exportMask(this.marks.done, step.bitmap.width, step.bitmap.height);
      const result = await run(
        this.#fields(model),
        { image: step.blob, mask },
        {
          started: (id) => (work.run = id),
          progress: (fraction) => (work.fraction = fraction),
          preview: (picture) => (work.preview = URL.createObjectURL(picture)),
        },
      );
      this.review = await this.#reviewOf(result, model);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.problem = error.problem;
    } finally {
      this.work = undefined;
    }
  }

  async stop() {
    if (!this.work?.run) return;
    this.work.stopping = true;
    await stop(this.work.run);
  }

  keep() {
    if (!this.review || this.review.step.changed) return;
    this.steps = [...this.steps, this.review.step];
    this.#turnTo(this.steps.length - 1);
  }

  discard() {
    if (this.review) forget(this.review.step);
    this.review = undefined;
  }

  #fields(model: Model) {
    return {
      operation: this.operation,
      model: model.id,
      feather: this.feather,
      prompt: this.#words(),
      format: 'png' as const,
      ...(model.partial_images > 0 && { partial_images: 1 }),
    };
  }

  #words(): string {
    if (this.takesWords) return this.prompt.trim() || '…';
    // Inpainting asks for words even of a model that has no use for them.
    return this.operation === 'inpaint' ? '…' : '';
  }

  async #reviewOf(result: Result, model: Model): Promise<Review | undefined> {
    const [image] = result.images;
    if (!image) return undefined;
    const { blob, facts } = pictureOf(image);
    const step = await stepOf(blob, {
      title: this.operation,
      words: this.takesWords ? this.prompt.trim() : '',
      model: model.title,
      price: result.cost,
      ...(facts.measured.changed_outside_mask !== null && { changed: facts.measured.changed_outside_mask }),
      ...(facts.measured.outside_mask !== null && { outside: facts.measured.outside_mask }),
    });
    return step && { step, result: { ...result, images: [] }, seam: facts.measured.seam };
  }

  #turnTo(place: number) {
    if (this.review && !this.steps.includes(this.review.step)) forget(this.review.step);
    this.place = place;
    this.marks = NO_MARKS;
    this.share = 0;
    this.box = undefined;
    this.review = undefined;
    this.problem = undefined;
  }
}

/** Lets go of the pixels of a step that nobody can come back to. */
function forget(step: Step) {
  step.bitmap.close();
  URL.revokeObjectURL(step.url);
}

async function stepOf(blob: Blob, facts: Omit<Step, 'blob' | 'url' | 'bitmap'>): Promise<Step | undefined> {
  try {
    const bitmap = await createImageBitmap(blob);
    return { ...facts, blob, bitmap, url: URL.createObjectURL(blob) };
  } catch {
    return undefined;
  }
}

export const editor = new Editor();
