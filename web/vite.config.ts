import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

import {
  compressed,
  licences,
  ownIcons,
  scopeOf,
  withoutHydration,
  withoutPreloads,
} from "./build/plugins.ts";

// Files that are loaded when they are needed, and then together: a small file is hardly compressed.
const TOGETHER: Readonly<Record<string, RegExp>> = {
  common: among(
    "(languages/more|parts/(Dialog|scrolling)|text/(Markdown|ModelNote|trusted))",
    "transcript/words",
    "icons/(chevron-down|chevron-left|chevron-up|copy|image-plus|maximize-2|minimize-2|pause|picture-in-picture-2|play|trash)",
  ),
  sheets: among(
    "(GoTo|KeyHelp|SignIn).svelte",
    "parts/(Choice|Combobox|Field|LanguageField|Listed|MenuList|Refusal|Rename).svelte",
    "parts/submission",
    "api/(download|keeping|paged.svelte).ts",
    "exports/formats",
  ),
  collection: among(
    "pages/library/(Arrivals|BinHint|Colours|DeleteForEver|ExportMany|FromLink|ManageTags|MoreFilters|NewTag|OrderFields).svelte",
    "pages/library/(RowSheet|Selection|TagSheet|UploadRow).svelte",
    "pages/library/(actions|changing|engines|listVerbs).ts",
    "api/(resumable|sending).ts",
    "pages/missing/",
  ),
  recording: among(
    "pages/recording/(ChooseSpeaker|Compare|ExportSheet|FindBar|ShareSheet).svelte",
    "(player/VideoView|transcript/compare)",
    "(shares|pages/shares)/",
  ),
  guests: among("comments/", "pages/shared/"),
  storyboard: among(
    "pages/video/(BrandDialog|BrandForm|Clips|DrawAll|FoundClip|Scene|Storyboard|clips.svelte|plan|scenes)",
  ),
  voices: among("voices/", "pages/video/(MusicDialog|VoicesField)"),
  studio: among("(pages/pictures|pages/video|studio)/"),
  service: among("pages/(account|admin|credits|jobs|keys)/", "parts/(BackgroundJobs|background)"),
  finding: among(
    "pages/(ask|live|search|texts)/",
    "api/(live|unsent)",
    "icons/(mic|square)",
    "text/(citations|written)",
  ),
};

function among(...paths: string[]): RegExp {
  return new RegExp(`/(?:src|dist)/(${paths.join("|").replaceAll(".", "\\.")})`);
}

// Without source maps and with content hashes in the names, two builds of the same sources are the
// same bytes wherever they are made.
export default defineConfig({
  base: "./",
  plugins: [
    ownIcons(),
    svelte({ compilerOptions: { runes: true, cssHash: scopeOf } }),
    withoutHydration(),
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
      // Svelte calls these where it hydrates, and else they do nothing.
      treeshake: { manualPureFunctions: ["$.reset", "$.next", "$.remove_input_defaults"] },
      // One stylesheet: what all components share is compressed once, and nothing appears unstyled.
      output: {
        codeSplitting: {
          groups: [
            { name: "page", test: isStyle },
            { name: "shared", test: isShared },
            ...Object.entries(TOGETHER).map(([name, test]) => ({
              name,
              test,
              includeDependenciesRecursively: false,
            })),
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
  return /\/node_modules\/svelte\/|\/parts\/(Loading|Meter|attempt)|\/languages\/(plural|named|spoken)\.ts|icons\/ellipsis/.test(
    id,
  );
}
