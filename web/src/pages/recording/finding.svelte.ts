import type { Editor } from "../../transcript/editor.svelte.ts";
import { type Hit, type Query, hitsOf } from "../../transcript/find.ts";

export type FindingState = "closed" | "find" | "replace";

const AROUND = 24; // characters

/** What is looked for in the open transcript. */
export class Finding {
  #editor: Editor;
  #state = $state<FindingState>("closed");
  #query = $state.raw<Query>({ text: "", matchCase: false, wholeWords: false });
  #at = $state(0);
  #hits = $derived.by(() =>
    this.#state === "closed" ? [] : hitsOf(this.#editor.transcript.passages, this.#query),
  );

  constructor(editor: Editor) {
    this.#editor = editor;
  }

  get state(): FindingState {
    return this.#state;
  }

  get query(): Query {
    return this.#query;
  }

  get hits(): readonly Hit[] {
    return this.#hits;
  }

  /** The number of the hit that is shown, from 0. */
  get at(): number {
    return Math.min(this.#at, Math.max(0, this.#hits.length - 1));
  }

  get here(): Hit | null {
    return this.#hits[this.at] ?? null;
  }

  /** The text around the current hit. */
  get around(): { before: string; found: string; after: string } | null {
    const hit = this.here;
    const text = this.#editor.transcript.passages.find((each) => each.key === hit?.key)?.text;
    if (!hit || text === undefined) return null;
    const before = text.slice(Math.max(0, hit.begin - AROUND), hit.begin);
    const after = text.slice(hit.end, hit.end + AROUND);
    return { before, found: text.slice(hit.begin, hit.end), after };
  }

  open(state: FindingState): void {
    this.#state = state;
  }

  close(): void {
    this.#state = "closed";
  }

  ask(part: Partial<Query>): void {
    this.#query = { ...this.#query, ...part };
    this.#at = 0;
  }

  step(step: 1 | -1): Hit | null {
    const { length } = this.#hits;
    if (length) this.#at = (this.at + step + length) % length;
    return this.here;
  }

  /** Replaces the current hit and moves to the next. */
  replace(by: string): boolean {
    const hit = this.here;
    const passage = this.#editor.transcript.passages.find((each) => each.key === hit?.key);
    if (!hit || !passage) return false;
    const text = passage.text.slice(0, hit.begin) + by + passage.text.slice(hit.end);
    return this.#editor.edit({ kind: "text", key: hit.key, text });
  }

  replaceAll(by: string): number {
    return this.#editor.replaceAll(this.#query, by);
  }
}
