// Runs before the first paint, so that a dark room stays dark. `prefs.svelte.ts` writes what is read here.
(() => {
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem('limner') ?? '{}');
  } catch {
    // A browser that keeps nothing gets the system's choices.
  }
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.theme = kept.theme ?? (dark ? 'dark' : 'light');
  document.documentElement.lang = kept.language ?? (navigator.language.startsWith('sv') ? 'sv' : 'en');
})();
