import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';

// Where `npm run dev` finds the API: NOZAMA_API=http://127.0.0.1:8080 npm run dev
const api = process.env['NOZAMA_API'];

export default defineConfig({
  plugins: [
    sveltekit({
      // One shell page for every path: the server answers /, /search, /product/{id} and /category/{slug} with it.
      adapter: adapter({ pages: '../build/web', fallback: 'index.html' }),
      // The name only serves to notice a new build; a fixed one keeps the output reproducible.
      version: { name: '0.1.0' },
    }),
  ],
  ...(api ? { server: { proxy: { '/api': api, '/media': api, '/samples': api } } } : {}),
  test: { include: ['src/**/*.test.ts'] },
});
