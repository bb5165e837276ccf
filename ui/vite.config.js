import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The page as one script and one style: the report has no other files. */
export default {
  root: dirname(fileURLToPath(import.meta.url)),
  configFile: false,
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    write: false,
    target: 'es2022',
    cssCodeSplit: false,
    // Modules are values and functions only, but for styles: what nobody uses is left out.
    rolldownOptions: { treeshake: { moduleSideEffects: [{ test: /\.css$/, sideEffects: true }, { test: /ui\/main/, sideEffects: true }, { test: /./, sideEffects: false }] } },
    lib: { entry: 'main.tsx', formats: ['iife'], name: 'keelson' },
  },
};
