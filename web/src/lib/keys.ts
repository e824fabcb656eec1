import { prefs } from './state/prefs.svelte';

/** Whether the person is writing, so that letters are letters. */
export function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  if (target instanceof HTMLInputElement) return target.type !== 'range' && target.type !== 'checkbox';
  return target instanceof HTMLSelectElement || document.querySelector('dialog[open]') !== null;
}

/** The single key of a shortcut; undefined when it is held with another, or letters are switched off. */
export function letterOf(event: KeyboardEvent): string | undefined {
  if (!prefs.letters || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented)
    return undefined;
  return event.key.length === 1 ? event.key : undefined;
}
