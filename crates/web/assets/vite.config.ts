// How the assets are built: hashed files under `dist/assets`, and a manifest by which the server
// finds them. The pages are the server's, so there is no index.html.

import { defineConfig } from 'vite';

/** The modules that app.ts loads at once, and the helper that loads the others. */
const EVERYWHERE = /src\/(app\/(copy|keys|look|menus|times|tour-call)|shared\/(dom|store))\.ts|preload-helper/;

export default defineConfig({
  base: '/-/assets/',
  publicDir: false,
  build: {
    // Browsers that know `light-dark()`, so that the style is not rewritten for older ones.
    target: ['chrome123', 'edge123', 'firefox121', 'safari17.5'],
    manifest: true,
    // `.vite/license.md`: the notices of what went into the files.
    license: true,
    // `/-/assets/app-1234.js`, not `/-/assets/assets/app-1234.js`.
    assetsDir: '.',
    // Every browser of the target preloads modules by itself.
    modulePreload: { polyfill: false },
    // A data: address would be one more thing that the content security policy has to allow.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: ['src/theme.ts', 'src/app.ts', 'src/grid.ts', 'src/plots.ts', 'src/tour.ts', 'src/import.ts'],
      output: {
        // What every page has comes as one file, not as one for each module that others share.
        codeSplitting: { groups: [{ name: 'base', test: EVERYWHERE }] },
      },
    },
  },
});
