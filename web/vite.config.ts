import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

import { compressed, licences, ownIcon, withoutPreloads } from "./build/plugins.ts";

// Without source maps and with content hashes in the names, two builds of the same sources are the
// same bytes wherever they are made.
export default defineConfig({
  base: "./",
  plugins: [
    ownIcon(),
    svelte({ compilerOptions: { runes: true } }),
    licences(),
    withoutPreloads(),
    compressed(),
  ],
  build: {
    outDir: process.env["PAGE_OUT"] ?? "../src/mp4totext/web/static",
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0, // the content policy allows no data: address
    modulePreload: false, // the list of what to load before costs the first page more than it brings
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000, // Swagger's own file, of /docs alone
    rolldownOptions: {
      input: { index: "index.html", docs: "docs.html" },
      // One stylesheet: what all components share is compressed once, and nothing appears unstyled.
      output: {
        codeSplitting: {
          groups: [
            { name: "page", test: isStyle },
            { name: "shared", test: isShared },
          ],
        },
      },
    },
  },
});

function isStyle(id: string): boolean {
  return /[?&]lang\.css$|\/src\/app\.css$/.test(id);
}

/** What every page is made with: in one file, as small ones are hardly compressed. */
function isShared(id: string): boolean {
  return /\/node_modules\/svelte\/|\/parts\/(Loading|Meter)|\/(plural|named)\.ts|icons\/ellipsis/.test(
    id,
  );
}
