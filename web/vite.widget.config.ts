import { defineConfig } from 'vite';

// The script for other shops' pages: one file, which scripts/widget.ts copies under the hash of its content.
export default defineConfig({
  build: {
    outDir: '../build/web/widget',
    emptyOutDir: true,
    target: 'es2022',
    lib: { entry: 'src/widget/index.ts', formats: ['iife'], name: 'nozamaWidget', fileName: () => 'nozama.js' },
  },
});
