import type { PagesCatalogue } from "./en.pages.ts";
import type { Service } from "./en.service.ts";
import type { Catalogue as FirstCatalogue } from "./en.ts";

export type Code = "ar" | "de" | "en" | "es" | "fr" | "ja" | "tr";

export interface Language {
  readonly code: Code;
  readonly name: string; // as its speakers write it
  readonly direction: "ltr" | "rtl";
  readonly load: () => Promise<{ default: FirstCatalogue }>; // of the library and the frame
  readonly loadPages: () => Promise<{ default: PagesCatalogue }>;
}

export type Catalogue = FirstCatalogue & PagesCatalogue & Service;
export type { FirstCatalogue, PagesCatalogue };

export const ENGLISH: Language = {
  code: "en",
  name: "English",
  direction: "ltr",
  load: () => import("./en.ts"),
  loadPages: () => import("./en.pages.ts"),
};

/** The page's own languages, in the order of their names; the files of each are loaded alone. */
export const LANGUAGES: readonly Language[] = [
  {
    code: "de",
    name: "Deutsch",
    direction: "ltr",
    load: () => import("./de.ts"),
    loadPages: () => import("./de.pages.ts"),
  },
  ENGLISH,
  {
    code: "es",
    name: "Español",
    direction: "ltr",
    load: () => import("./es.ts"),
    loadPages: () => import("./es.pages.ts"),
  },
  {
    code: "fr",
    name: "Français",
    direction: "ltr",
    load: () => import("./fr.ts"),
    loadPages: () => import("./fr.pages.ts"),
  },
  {
    code: "tr",
    name: "Türkçe",
    direction: "ltr",
    load: () => import("./tr.ts"),
    loadPages: () => import("./tr.pages.ts"),
  },
  {
    code: "ar",
    name: "العربية",
    direction: "rtl",
    load: () => import("./ar.ts"),
    loadPages: () => import("./ar.pages.ts"),
  },
  {
    code: "ja",
    name: "日本語",
    direction: "ltr",
    load: () => import("./ja.ts"),
    loadPages: () => import("./ja.pages.ts"),
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
