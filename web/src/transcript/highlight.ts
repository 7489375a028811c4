export type Highlighted = "spoken" | "doubt" | "hit" | "hit-here" | "kept";

/** Draws ranges over the text without changing the document; browsers without that show none. */
export function highlight(name: Highlighted, ranges: readonly AbstractRange[]): void {
  if (!("highlights" in CSS)) return;
  const known = CSS.highlights.get(name);
  if (!known) {
    CSS.highlights.set(name, new Highlight(...ranges));
    return;
  }
  known.clear();
  for (const range of ranges) known.add(range);
}

/** A stretch of a passage's text; null while the passage has none. */
export function stretchOf(paragraph: Element, begin: number, end: number): StaticRange | null {
  const text = paragraph.firstChild;
  if (!(text instanceof Text)) return null;
  return new StaticRange({
    startContainer: text,
    startOffset: Math.min(begin, text.length),
    endContainer: text,
    endOffset: Math.min(end, text.length),
  });
}

export function isHighlighting(): boolean {
  return "highlights" in CSS;
}
