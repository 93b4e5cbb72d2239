import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** `build.mjs` says where to. `vite console` serves it while it is worked on, with the API of a service that runs beside it. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss()],
  server: { proxy: { '/api': process.env['SNAPBACK_URL'] ?? 'http://127.0.0.1:3000' } },
  build: {
    target: 'es2023',
    // What a style sheet or a page holds inline, its policy would have to allow.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
    reportCompressedSize: false,
  },
});
