import { blobOf, type Image } from './api/client';

/** A finished picture, its bytes held once. */
export interface Picture {
  readonly blob: Blob;
  readonly url: string;
  readonly width: number;
  readonly height: number;
  readonly facts: Omit<Image, 'b64_json'>;
}

/** Takes the bytes of a picture out of an answer. */
export function pictureOf({ b64_json, ...facts }: Image): Picture {
  const blob = blobOf(b64_json ?? '', facts.media_type); // always there: addresses are never asked for
  return { blob, url: URL.createObjectURL(blob), width: facts.width, height: facts.height, facts };
}

/** Saves a picture as a file. */
export function download(blob: Blob, url: string, words: string) {
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName(words, blob.type);
  link.click();
}

/**
 * A name for a file that any system takes.
 *
 * @param words what the picture shows.
 * @param mediaType of its bytes.
 */
export function fileName(words: string, mediaType: string): string {
  const plain = words
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()
    .split(' ')
    .slice(0, 8)
    .join('-');
  const kind = mediaType.replace('image/', '').replace('+xml', '').replace('jpeg', 'jpg');
  return `${plain || 'picture'}.${kind}`;
}
