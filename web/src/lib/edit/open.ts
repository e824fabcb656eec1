import { editor } from '../state/editor.svelte';
import { where } from '../state/place.svelte';

/** Opens a photo that was chosen, dropped or pasted. */
export async function openFile(file: File | null | undefined) {
  if (!file) return;
  await editor.open(file, 'original', file.name.replace(/\.\w+$/, ''));
  where.go('edit');
}

/** The picture on the clipboard of a paste, if there is one. */
export function pastedPicture(event: ClipboardEvent): File | undefined {
  return [...(event.clipboardData?.files ?? [])].find((file) => file.type.startsWith('image/'));
}
