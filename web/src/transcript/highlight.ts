export type Highlighted = "spoken" | "doubt" | "hit" | "hit-here" | "kept";

/** Draws ranges over the text without changing the document. */
export function highlight(name: Highlighted, ranges: readonly AbstractRange[]): void {
  if (!("highlights" in CSS)) return frame(name, ranges[0]);
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

export function rectOf(stretch: AbstractRange): DOMRect {
  const range = document.createRange();
  range.setStart(stretch.startContainer, stretch.startOffset);
  range.setEnd(stretch.endContainer, stretch.endOffset);
  return range.getBoundingClientRect();
}

/** For browsers without highlights: a box around the spoken word, and around what was found. */
function frame(name: Highlighted, range: AbstractRange | undefined): void {
  document.querySelector(`[data-frame=${name}]`)?.remove();
  const passage = range?.startContainer.parentElement?.closest<HTMLElement>(".passage");
  if (!range || !passage || (name !== "spoken" && name !== "hit-here")) return;
  const { left, top, width, height } = rectOf(range);
  const place = passage.getBoundingClientRect();
  const box = document.createElement("div");
  box.dataset["frame"] = name;
  box.style.left = `${left - place.left}px`;
  box.style.top = `${top - place.top}px`;
  box.style.width = `${width}px`;
  box.style.height = `${height}px`;
  passage.style.position = "relative"; // the box moves with it when a bar opens above
  passage.append(box);
}
