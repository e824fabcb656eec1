import { en, type Words } from '../i18n/en';
import { sv } from '../i18n/sv';

export type Language = 'en' | 'sv';
export type Theme = 'light' | 'dark';

const KEY = 'limner';
const languages: Record<Language, Words> = { en, sv };

/** What a person has chosen, kept in this browser. `public/theme.js` reads it before the first paint. */
class Preferences {
  language: Language = $state(document.documentElement.lang === 'sv' ? 'sv' : 'en');
  theme: Theme = $state(document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light');
  /** Whether single letters are shortcuts; WCAG 2.1.4 asks that they can be turned off. */
  letters: boolean = $state(kept().letters ?? true);
  words: Words = $derived(languages[this.language]);

  speak(language: Language) {
    this.language = language;
    document.documentElement.lang = language;
    this.#keep();
  }

  turn() {
    this.theme = this.theme === 'dark' ? 'light' : 'dark';
    document.documentElement.dataset.theme = this.theme;
    this.#keep();
  }

  allowLetters(allowed: boolean) {
    this.letters = allowed;
    this.#keep();
  }

  #keep() {
    try {
      localStorage.setItem(
        KEY,
        JSON.stringify({ language: this.language, theme: this.theme, letters: this.letters }),
      );
    } catch {
      // A browser that keeps nothing still works until the page is closed.
    }
  }
}

function kept(): { letters?: boolean } {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as { letters?: boolean };
  } catch {
    return {};
  }
}

export const prefs = new Preferences();
