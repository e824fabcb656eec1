import { expect, test } from 'vitest';
import { bytes, count, dollars, figure, percent } from './money';

const price = { kind: 'exact', usd: '0.08', most: null, native: null, arithmetic: '', free: false };

test('dollars are written as each language does', () => {
  expect(dollars('0.08', 'en')).toBe('$0.08');
  expect(dollars('0.08', 'sv')).toBe('0,08 US$');
});

test('an exact amount keeps its digits, an estimate two significant ones', () => {
  expect(dollars('0.0405', 'en')).toBe('$0.0405');
  expect(dollars('0.0114', 'en', true)).toBe('$0.011');
  expect(dollars('0.134', 'en', true)).toBe('$0.13');
});

test('an unknown price has no figure and credits keep their unit', () => {
  expect(figure({ ...price, kind: 'unknown', usd: null }, 'en')).toBeUndefined();
  expect(figure({ ...price, usd: null, native: { amount: '20', unit: 'anlas' } }, 'en')).toBe('20 anlas');
});

test('counts, shares and lengths', () => {
  expect(count(4547150, 'en')).toBe('4,547,150');
  expect(percent(0.056, 'en')).toBe('5.6%');
  expect(percent(0.00001, 'en')).toBe('0.1%');
  expect(percent(0, 'sv')).toBe('0 %');
  expect(bytes(1_234_567, 'en')).toBe('1.2 MB');
});
