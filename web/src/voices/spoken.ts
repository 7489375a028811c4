/** A Markdown text as it is read aloud: without marks, citations and addresses. */
export function readable(markdown: string): string {
  return markdown
    .replace(/\[(?:\d{1,2}:)?\d{1,2}:\d{2}\](?:\([^)\s]*\))?/g, "") // where it was said
    .replace(/\[(?:s\d+,? ?)+\]/g, "")
    .replace(/!?\[([^\]\n]*)\]\([^)\s]*\)/g, "$1")
    .replace(/^[ \t]*(?:#{1,6}|>|[-*+]|\d{1,3}[.)])[ \t]+/gm, "")
    .replace(/(?<![\p{L}\p{N}])[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}(?![\p{L}\p{N}])/gu, "")
    .replace(/[ \t]+([.,;:!?])/g, "$1")
    .replace(/[ \t]{2,}/g, " ")
    .replace(/[ \t]+$/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

interface Speaking {
  readonly languages: readonly string[];
  readonly ready: boolean;
}

/** Voices for a language: those made for it, and those that speak all languages. */
export function speaking<V extends Speaking>(voices: readonly V[], language: string): V[] {
  const base = language.split("-")[0] ?? language;
  return voices.filter(({ languages }) =>
    languages.some((each) => each === "*" || each.split("-")[0] === base),
  );
}
