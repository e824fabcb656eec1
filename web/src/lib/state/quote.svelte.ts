import { Failure, quote, type Price, type Problem, type Quote, type QuoteRequest } from '../api/client';
import { figure } from '../money';

/** Milliseconds after the last change; with the server's answer the price is there within 150. */
const PAUSE = 90;

/** What people read of a price: a word more in the prompt makes no other figure of an estimate. */
function asSeen(price: Price): string {
  const most = price.most && figure({ ...price, usd: price.most }, 'en');
  return [price.kind, figure(price, 'en'), most].join();
}

/** The price of what is set just now. While a new one is on its way, `waiting` is set and the old one stays. */
export class LiveQuote {
  value: Quote | undefined = $state.raw();
  problem: Problem | undefined = $state.raw();
  waiting = $state(false);
  #asked = '';
  #then: { agreed: (value: Quote) => boolean; act: () => void } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #flight: AbortController | undefined;

  /** Ask for the price of a request; undefined: there is nothing to price. */
  ask(request: QuoteRequest | undefined) {
    const asked = JSON.stringify(request) ?? '';
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.#then = undefined; // it was agreed to for something else
    clearTimeout(this.#timer);
    this.#flight?.abort();
    if (!request) {
      this.value = this.problem = undefined;
      this.waiting = false;
      return;
    }
    this.waiting = true;
    this.#timer = setTimeout(() => void this.#fetch(request), PAUSE);
  }

  /**
   * Act at the price that is shown. While a new one is on its way, once it is known to look the same; and where
   * none is shown yet, once it is known to be nothing: what costs is agreed to by those who have seen it.
   */
  whenPriced(act: () => void) {
    const shown = this.value?.price;
    if (shown?.kind === 'unknown') return;
    const agreed = (value: Quote) => (shown ? asSeen(value.price) === asSeen(shown) : value.price.free);
    if (this.waiting) this.#then = { agreed, act };
    else if (shown) act();
  }

  async #fetch(request: QuoteRequest) {
    const flight = new AbortController();
    this.#flight = flight;
    try {
      const value = await quote(request, flight.signal);
      if (flight.signal.aborted) return;
      this.value = value;
      this.problem = undefined;
    } catch (error) {
      if (flight.signal.aborted) return;
      if (!(error instanceof Failure)) throw error;
      this.value = undefined;
      this.problem = error.problem;
    }
    this.waiting = false;
    const then = this.#then;
    this.#then = undefined;
    if (then && this.value && then.agreed(this.value)) then.act();
  }
}
