import type { Price } from './api/client';
import type { Language } from './state/prefs.svelte';

/**
 * An amount in US dollars as people read it: `$0.08`, `0,08 US$`. An exact amount keeps every digit.
 *
 * @param usd a decimal number in text.
 * @param rounded whether two significant digits are enough, as for an estimate.
 */
export function dollars(usd: string, language: Language, rounded = false): string {
  const value = Number(usd);
  const digits = value === 0 || value >= 0.095 || !rounded ? 2 : 3;
  const number = new Intl.NumberFormat(language, {
    minimumFractionDigits: 2,
    maximumFractionDigits: rounded ? digits : 6,
  }).format(value);
  return language === 'sv' ? `${number} US$` : `$${number}`;
}

/** The figure of a price, without its certainty. Undefined: it is unknown. */
export function figure(price: Price, language: Language): string | undefined {
  if (price.kind === 'unknown') return undefined;
  if (price.usd !== null) return dollars(price.usd, language, price.kind === 'estimated');
  if (!price.native) return undefined;
  return `${new Intl.NumberFormat(language).format(Number(price.native.amount))} ${price.native.unit}`;
}

/** A count with its thousands apart. */
export function count(value: number, language: Language): string {
  return new Intl.NumberFormat(language === 'en' ? 'en-US' : 'sv').format(value);
}

/** A share of one in percent; what is small but not nothing is never shown as 0%. */
export function percent(share: number, language: Language): string {
  const digits = share < 0.1 ? 1 : 0;
  const shown = share > 0 && share < 0.001 ? 0.001 : share;
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(shown * 100);
  return language === 'sv' ? `${number} %` : `${number}%`;
}

/** A file's length. */
export function bytes(length: number, language: Language): string {
  const [value, unit] = length < 1_000_000 ? [length / 1000, 'kB'] : [length / 1_000_000, 'MB'];
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value)} ${unit}`;
}
