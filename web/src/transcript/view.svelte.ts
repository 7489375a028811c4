import type { Player } from "../player/player.svelte.ts";
import { Scope } from "../parts/scope.ts";
import { DOUBTFUL_BELOW, doubtFrom } from "./doubts.ts";
import type { Editor } from "./editor.svelte.ts";
import type { Hit } from "./find.ts";
import { highlight, rectOf, stretchOf } from "./highlight.ts";
import { type Passage, msAtText, passageAtMs, passageOf, textAtMs } from "./passages.ts";
import type { Section } from "./sections.ts";
import { count, indexAtMs, indexAtText, nextDoubt, wordAt } from "./words.ts";

/** A place in the text. */
export interface Place {
  readonly key: string; // of the passage
  readonly offset: number;
}

const READING_LINE = 0.35; // of the window's height: where the spoken line is brought
const COMFORTABLE = [0.15, 0.7] as const; // inside, nothing is scrolled

/**
 * The text in the document. It knows which paragraph shows which passage, so that a
 * click becomes a word and a moment of the sound becomes a highlighted one.
 */
export class TextView {
  #editor: Editor;
  #player: Player;
  #readOnly: boolean;
  #paragraphs = new Map<string, HTMLElement>();
  #sections = new Map<Element, Section>();
  #visible = $state.raw<ReadonlySet<Element>>(new Set());
  #here = $state<string | null>(null); // the passage in use
  #editing = $state<string | null>(null);
  #following = $state(true);
  #spoken: { passage: Passage; word: number } | null = null;
  #observer: IntersectionObserver | null = null;
  #onedited: (key: string) => void = () => undefined;

  /** `readOnly`: without editing, as on the page of a shared link. */
  constructor(editor: Editor, player: Player, { readOnly = false } = {}) {
    this.#editor = editor;
    this.#player = player;
    this.#readOnly = readOnly;
  }

  /** The passage that keys and buttons apply to: the edited, playing or clicked one. */
  get here(): Passage | null {
    const { passages } = this.#editor.transcript;
    const key = this.#editing ?? this.#here;
    return (key && passageOf(this.#editor.transcript, key)) || (passages[0] ?? null);
  }

  get editing(): string | null {
    return this.#editing;
  }

  get following(): boolean {
    return this.#following;
  }

  /** Called when a passage loses the focus. */
  onedited(listener: (key: string) => void): void {
    this.#onedited = listener;
  }

  setFollowing(following: boolean): void {
    this.#following = following;
    if (following) this.#scrollToSpoken();
  }

  /** Attaches the element of the text. Returns a function that detaches it. */
  attach(root: HTMLElement): () => void {
    const scope = new Scope();
    const seen = new IntersectionObserver(
      (entries) => {
        const visible = new Set(this.#visible);
        for (const { target, isIntersecting } of entries) {
          if (isIntersecting) visible.add(target);
          else visible.delete(target);
        }
        this.#visible = visible;
      },
      { rootMargin: "50%" },
    );
    this.#observer = seen;
    for (const section of this.#sections.keys()) seen.observe(section);
    scope.add(() => seen.disconnect());
    scope.add(this.#player.follow((ms) => this.#highlightSpoken(ms)));
    scope.listen<MouseEvent>(root, "click", (event) => this.#clicked(event));
    scope.listen<MouseEvent>(root, "dblclick", (event) => this.#doubleClicked(event));
    scope.listen<InputEvent>(root, "beforeinput", (event) => this.#beforeInput(event));
    scope.listen<InputEvent>(root, "input", () => this.#typed());
    scope.listen<FocusEvent>(root, "focusout", () => this.#focusLost());
    // Scrolling by hand ends following.
    for (const type of ["wheel", "touchmove"]) {
      scope.listen(window, type, () => (this.#following = false));
    }
    scope.listen<KeyboardEvent>(window, "keydown", (event) => {
      if (["PageUp", "PageDown", "Home", "End"].includes(event.key)) this.#following = false;
    });
    return () => {
      scope.dispose();
      this.#observer = null;
      for (const name of ["spoken", "doubt", "hit", "hit-here"] as const) highlight(name, []);
    };
  }

  /** The paragraph of a passage. Its text is set here, so that a caret in it is kept. */
  paragraph(element: HTMLElement, passage: Passage): () => void {
    const { key, text } = passage;
    this.#paragraphs.set(key, element);
    if (element.textContent !== text) this.#write(element, text);
    return () => {
      if (this.#paragraphs.get(key) === element) this.#paragraphs.delete(key);
    };
  }

  section(element: Element, section: Section): () => void {
    this.#sections.set(element, section);
    this.#observer?.observe(element);
    return () => {
      this.#sections.delete(element);
      this.#observer?.unobserve(element);
      this.#visible = new Set([...this.#visible].filter((each) => each !== element));
    };
  }

  // --- what is drawn -----------------------------------------------------------------------------

  drawDoubts(shown: boolean): void {
    const ranges = shown ? this.#onScreen().flatMap((passage) => this.#doubtsIn(passage)) : [];
    highlight("doubt", ranges);
  }

  drawHits(hits: readonly Hit[], here: Hit | null): void {
    const keys = new Set(this.#onScreen().map((passage) => passage.key));
    const ranges = hits.filter((hit) => keys.has(hit.key)).flatMap((hit) => this.#rangeOf(hit));
    highlight("hit", ranges);
    highlight("hit-here", here ? this.#rangeOf(here) : []);
  }

  // --- where it goes -----------------------------------------------------------------------------

  /** Scrolls to a place, and plays from it if the sound is playing. */
  goTo({ key, offset }: Place, { seek = true }: { seek?: boolean } = {}): void {
    const passage = passageOf(this.#editor.transcript, key);
    const paragraph = this.#paragraphs.get(key);
    if (!passage || !paragraph) return;
    this.#here = key;
    if (seek) this.#player.seek(msAtText(passage, offset));
    paragraph.scrollIntoView({ block: "nearest" });
    this.#scrollTo(paragraph, offset, offset + 1);
  }

  goToMs(ms: number): void {
    const { passages } = this.#editor.transcript;
    const passage = passages[Math.max(0, passageAtMs(passages, ms))];
    this.#player.seek(ms);
    if (passage) this.goTo({ key: passage.key, offset: textAtMs(passage, ms) }, { seek: false });
  }

  /** The passage before or after the current one. */
  neighbour(step: 1 | -1): Passage | null {
    const { passages } = this.#editor.transcript;
    const index = passages.findIndex((each) => each.key === this.here?.key);
    return passages[index + step] ?? null;
  }

  /** Moves to the word before or after the playing one. False at the ends. */
  step(step: 1 | -1): boolean {
    const { passages } = this.#editor.transcript;
    const at = Math.max(0, passageAtMs(passages, this.#player.ms));
    const passage = passages[at];
    if (!passage) return false;
    const word = indexAtMs(passage.words, this.#player.ms) + step;
    const inside = wordAt(passage.words, word);
    const other = passages[at + step];
    const target =
      inside ?? (other && wordAt(other.words, step > 0 ? 0 : count(other.words) - 1)) ?? null;
    if (!target) return false;
    this.goToMs(target.startMs);
    return true;
  }

  /** Moves from the playing word to the next doubtful one. False if there is none. */
  stepDoubt(step: 1 | -1): boolean {
    const { passages } = this.#editor.transcript;
    const at = Math.max(0, passageAtMs(passages, this.#player.ms));
    const words = passages[at]?.words;
    const word = words ? indexAtMs(words, this.#player.ms) : 0;
    const found = doubtFrom(passages, { passage: at, word }, step);
    if (!found) return false;
    this.#player.seek(found.word.startMs);
    this.goTo({ key: found.passage.key, offset: found.word.begin }, { seek: false });
    return true;
  }

  // --- editing -----------------------------------------------------------------------------------

  /** Starts editing a passage, with the caret at a place; playback continues. */
  edit({ key, offset }: Place): boolean {
    const paragraph = this.#paragraphs.get(key);
    if (!paragraph || this.#readOnly) return false;
    if (this.#editing !== key) this.#close();
    this.#editing = key;
    this.#here = key;
    paragraph.contentEditable = "plaintext-only";
    paragraph.setAttribute("role", "textbox");
    paragraph.setAttribute("aria-multiline", "true");
    paragraph.focus({ preventScroll: true });
    const text = paragraph.firstChild;
    const end = paragraph.textContent?.length ?? 0;
    getSelection()?.collapse(text ?? paragraph, text ? Math.min(offset, end) : 0);
    this.#scrollTo(paragraph, offset, offset + 1);
    return true;
  }

  /** The place of the playback position. */
  editHere(): boolean {
    const passage = this.here;
    if (!passage) return false;
    return this.edit({ key: passage.key, offset: textAtMs(passage, this.#player.ms) });
  }

  /** Selects the doubtful word at the caret, or the next one, to be written over. False: none is left. */
  editDoubt(step: 1 | -1): boolean {
    const { passages } = this.#editor.transcript;
    const at = passages.findIndex(({ key }) => key === this.#editing);
    const words = passages[at]?.words;
    const selection = getSelection();
    if (!words || !selection?.rangeCount) return false;
    const word = indexAtText(words, selection.getRangeAt(0).startOffset);
    const from = selection.isCollapsed ? word - step : word; // one that is selected has been seen
    const found = doubtFrom(passages, { passage: at, word: from }, step);
    if (!found) return false;
    const { begin, end, startMs } = found.word;
    this.#player.seek(startMs);
    this.edit({ key: found.passage.key, offset: begin });
    if (selection.anchorNode) selection.extend(selection.anchorNode, end);
    return true;
  }

  endEditing(): void {
    this.#close();
  }

  /** The caret position in the edited passage; null with a selection, or outside. */
  caret(): Place | null {
    const selection = getSelection();
    if (!this.#editing || !selection?.isCollapsed || !selection.anchorNode) return null;
    const paragraph = this.#paragraphs.get(this.#editing);
    if (!paragraph?.contains(selection.anchorNode)) return null;
    const isText = selection.anchorNode instanceof Text;
    return { key: this.#editing, offset: isText ? selection.anchorOffset : 0 };
  }

  #close(): void {
    const key = this.#editing;
    if (!key) return;
    this.#editing = null;
    const paragraph = this.#paragraphs.get(key);
    if (paragraph) {
      paragraph.removeAttribute("contenteditable");
      paragraph.removeAttribute("role");
      paragraph.removeAttribute("aria-multiline");
      paragraph.normalize();
    }
    this.#editor.endTyping();
    this.#onedited(key);
  }

  #focusLost(): void {
    // After a split or a merge the focus is on its way to the next passage.
    queueMicrotask(() => {
      const paragraph = this.#editing ? this.#paragraphs.get(this.#editing) : null;
      if (this.#editing && document.hasFocus() && document.activeElement !== paragraph) {
        this.#close();
      }
    });
  }

  #typed(): void {
    const key = this.#editing;
    const paragraph = key ? this.#paragraphs.get(key) : null;
    if (!key || !paragraph) return;
    paragraph.normalize();
    this.#editor.type(key, (paragraph.textContent ?? "").replace(/\s*[\r\n]+\s*/g, " "));
    this.#highlightSpoken(this.#player.ms); // the spoken word may be longer now
  }

  #beforeInput(event: InputEvent): void {
    // The browser's undo is limited to one paragraph; the editor's own handles these.
    const handled = ["historyUndo", "historyRedo", "insertParagraph", "insertLineBreak"];
    if (handled.includes(event.inputType)) event.preventDefault();
  }

  #clicked(event: MouseEvent): void {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const place = this.#placeOf(event);
    if (!place || place.key === this.#editing || !getSelection()?.isCollapsed) return;
    const passage = passageOf(this.#editor.transcript, place.key);
    if (!passage) return;
    const word = wordAt(passage.words, indexAtText(passage.words, place.offset));
    this.#here = place.key;
    this.#following = true;
    this.#player.seek(word?.startMs ?? passage.startMs);
  }

  #doubleClicked(event: MouseEvent): void {
    const place = this.#placeOf(event);
    if (place && place.key !== this.#editing) this.edit(place);
  }

  #placeOf(event: MouseEvent): Place | null {
    const target = event.target instanceof Element ? event.target.closest("p") : null;
    const key = target?.dataset["passage"];
    if (!target || !key) return null;
    const caret = document.caretPositionFromPoint?.(event.clientX, event.clientY);
    const inside = caret && target.contains(caret.offsetNode);
    return { key, offset: inside ? caret.offset : 0 };
  }

  /** Replaces a text that is being edited, and keeps the caret in its place. */
  #write(element: HTMLElement, text: string): void {
    const caret = document.activeElement === element ? this.caret() : null;
    element.textContent = text;
    if (!caret) return;
    const node = element.firstChild;
    getSelection()?.collapse(node ?? element, node ? Math.min(caret.offset, text.length) : 0);
  }

  #highlightSpoken(ms: number): void {
    const { passages } = this.#editor.transcript;
    const passage = passages[passageAtMs(passages, ms)];
    const word = passage ? indexAtMs(passage.words, ms) : -1;
    if (passage === this.#spoken?.passage && word === this.#spoken?.word) return;
    this.#spoken = passage ? { passage, word } : null;
    if (passage && !this.#editing) this.#here = passage.key;
    const place = passage ? wordAt(passage.words, word) : null;
    const paragraph = passage ? this.#paragraphs.get(passage.key) : null;
    const range = place && paragraph ? stretchOf(paragraph, place.begin, place.end) : null;
    highlight("spoken", range ? [range] : []);
    if (paragraph && this.#following && this.#player.playing && !this.#editing) {
      this.#scrollTo(paragraph, place?.begin ?? 0, place?.end ?? 1);
    }
  }

  #scrollToSpoken(): void {
    const passage = this.#spoken?.passage;
    const paragraph = passage ? this.#paragraphs.get(passage.key) : null;
    if (passage && paragraph) {
      const offset = textAtMs(passage, this.#player.ms);
      this.#scrollTo(paragraph, offset, offset + 1);
    }
  }

  #scrollTo(paragraph: HTMLElement, begin: number, end: number): void {
    const stretch = stretchOf(paragraph, begin, end);
    const box = stretch ? rectOf(stretch) : paragraph.getBoundingClientRect();
    const [least, most] = COMFORTABLE;
    if (box.top > innerHeight * least && box.bottom < innerHeight * most) return;
    const top = box.top - innerHeight * READING_LINE;
    const far = Math.abs(top) > innerHeight * 2;
    const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;
    scrollBy({ top, behavior: far || reducedMotion ? "instant" : "smooth" });
  }

  #onScreen(): Passage[] {
    return [...this.#visible].flatMap((element) => this.#sections.get(element)?.passages ?? []);
  }

  #doubtsIn(passage: Passage): StaticRange[] {
    const ranges: StaticRange[] = [];
    if (passage.checked) return ranges;
    for (let at = 0; ; at += 1) {
      at = nextDoubt(passage.words, at, 1, DOUBTFUL_BELOW);
      const word = wordAt(passage.words, at);
      if (!word) return ranges;
      ranges.push(...this.#rangeOf({ key: passage.key, begin: word.begin, end: word.end }));
    }
  }

  #rangeOf(hit: Hit): StaticRange[] {
    const paragraph = this.#paragraphs.get(hit.key);
    const range = paragraph ? stretchOf(paragraph, hit.begin, hit.end) : null;
    return range ? [range] : [];
  }
}
