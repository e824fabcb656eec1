import { expect, test } from 'vitest';
import { fileName } from './pictures';

test('a file is named after what it shows', () => {
  expect(fileName('A lighthouse keeper’s cottage, blå timmen!', 'image/png')).toBe(
    'a-lighthouse-keeper-s-cottage-bla-timmen.png',
  );
  expect(fileName('画', 'image/jpeg')).toBe('picture.jpg');
});
