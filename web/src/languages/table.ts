import type { PagesCatalogue } from "./en.pages.ts";
import type { StudioSentences } from "./en.studio.ts";
import type { Catalogue as FirstCatalogue } from "./en.ts";

export interface Language {
  readonly code: string;
  readonly name: string; // as its speakers write it
  readonly direction: "ltr" | "rtl";
  readonly load: () => Promise<{ default: FirstCatalogue }>; // of the library and the frame
  readonly loadPages: () => Promise<{ default: PagesCatalogue }>;
  readonly loadStudio: () => Promise<{ default: StudioSentences }>; // pictures, videos, voices
}

export type Catalogue = FirstCatalogue & PagesCatalogue;
export type { FirstCatalogue, PagesCatalogue };

export const ENGLISH: Language = {
  code: "en",
  name: "English",
  direction: "ltr",
  load: () => import("./en.ts"),
  loadPages: () => import("./en.pages.ts"),
  loadStudio: () => import("./en.studio.ts"),
};

/** The page's own languages, in the order of their names; the files of each are loaded alone. */
export const LANGUAGES: readonly Language[] = [
  {
    code: "de",
    name: "Deutsch",
    direction: "ltr",
    load: () => import("./de.ts"),
    loadPages: () => import("./de.pages.ts"),
    loadStudio: () => import("./de.studio.ts"),
  },
  ENGLISH,
  {
    code: "es",
    name: "Español",
    direction: "ltr",
    load: () => import("./es.ts"),
    loadPages: () => import("./es.pages.ts"),
    loadStudio: () => import("./es.studio.ts"),
  },
  {
    code: "fr",
    name: "Français",
    direction: "ltr",
    load: () => import("./fr.ts"),
    loadPages: () => import("./fr.pages.ts"),
    loadStudio: () => import("./fr.studio.ts"),
  },
  {
    code: "tr",
    name: "Türkçe",
    direction: "ltr",
    load: () => import("./tr.ts"),
    loadPages: () => import("./tr.pages.ts"),
    loadStudio: () => import("./tr.studio.ts"),
  },
  {
    code: "ar",
    name: "العربية",
    direction: "rtl",
    load: () => import("./ar.ts"),
    loadPages: () => import("./ar.pages.ts"),
    loadStudio: () => import("./ar.studio.ts"),
  },
  {
    code: "ja",
    name: "日本語",
    direction: "ltr",
    load: () => import("./ja.ts"),
    loadPages: () => import("./ja.pages.ts"),
    loadStudio: () => import("./ja.studio.ts"),
  },
];

/** The first of the wanted languages that the page has; English when it has none of them. */
export function preferred(codes: readonly string[]): Language {
  for (const code of codes) {
    const base = code.split("-")[0]?.toLowerCase();
    const language = LANGUAGES.find((each) => each.code === base);
    if (language) return language;
  }
  return ENGLISH;
}
