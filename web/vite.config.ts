import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// `npm run dev` serves the page itself and passes everything else on to a running `limner serve`.
const gateway = 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the page's policy allows no data URLs for fonts and styles
    chunkSizeWarningLimit: 400,
    license: { fileName: 'licences/packages.md' }, // fonts and icons have theirs in public/licences
  },
  server: { port: 5173, proxy: { '/api': gateway, '/v1': gateway } },
  test: { include: ['src/**/*.test.ts'] },
});
