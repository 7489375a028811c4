import type { Schemas } from "../api/client.ts";
import type { Problem } from "../api/problem.ts";
import { isRecord } from "../api/problem.ts";
import { idempotencyKey } from "../api/client.ts";
import {
  type Change,
  type Order,
  withSpeakerId,
  isNewSpeaker,
  keysOf,
  orderOf,
  requestOf,
  withSeen,
  touchedBy,
  withChanges,
} from "./changes.ts";
import { type Query, hitsOf, replaced } from "./find.ts";
import { type Edit, type Put, type Transcript, apply, isEmpty, passageOf } from "./passages.ts";
import { type Step, Steps } from "./steps.svelte.ts";
import { type PackedWords, putOf, withWords } from "./wire.ts";

type EditAnswer = Schemas["EditAnswer"];
type ChangesOut = Schemas["ChangesOut"];

/** A passage was changed elsewhere while it was edited here. Both texts are kept until one is chosen. */
export interface Conflict {
  readonly key: string; // of the passage
  readonly mine: string;
  readonly theirs: string | null; // null: they removed it
  readonly revision: number;
}

const JOIN_MS = 500; // pauses in typing below it belong to one step

/**
 * A transcript and what a person does to it. What the service has confirmed is the base; changes
 * on the way to it are laid over the base again whenever that moves. Knows nothing of the network.
 */
export class Editor {
  #base: Transcript;
  #pending = $state.raw<readonly Change[]>([]);
  #shown = $state.raw<Transcript>() as Transcript;
  #spoken = $state.raw<Transcript>() as Transcript;
  #conflicts = $state.raw<ReadonlyMap<string, Conflict>>(new Map());
  readonly #steps = new Steps();
  #madeBy = new Map<string, number>(); // revisions, by the change that made them
  #typed: { key: string; change: string; atMs: number } | null = null;
  #onchange: () => void = () => undefined;

  constructor(transcript: Transcript, pending: readonly Change[] = []) {
    this.#base = transcript;
    this.#pending = pending;
    this.#show(withChanges(transcript, pending));
  }

  get transcript(): Transcript {
    return this.#shown;
  }

  /**
   * The transcript for displays of who speaks when. It does not change with each typed letter, so
   * its texts may be a few letters older.
   */
  get spoken(): Transcript {
    return this.#spoken;
  }

  get pending(): readonly Change[] {
    return this.#pending;
  }

  get conflicts(): ReadonlyMap<string, Conflict> {
    return this.#conflicts;
  }

  /** Conflicts about passages that are shown nowhere, as somebody removed them. */
  get conflictsOfRemoved(): readonly Conflict[] {
    return [...this.#conflicts.values()].filter(({ key }) => !passageOf(this.#shown, key));
  }

  get canUndo(): boolean {
    return this.#steps.canUndo;
  }

  get canRedo(): boolean {
    return this.#steps.canRedo;
  }

  /** The revision up to which all changes are known. */
  get revision(): number {
    return this.#base.revision;
  }

  get version(): number {
    return this.#base.version;
  }

  /** Called whenever there is a new change to store. */
  follow(onchange: () => void): void {
    this.#onchange = onchange;
  }

  /** Applies one step. False when the edit changes nothing. */
  edit(edit: Edit): boolean {
    const order = orderOf(this.#shown, edit);
    if (!order || isEmpty(apply(this.#shown, edit).inverse)) return false;
    this.#add(order, [edit]);
    return true;
  }

  /** Applies typed text; typing without a pause belongs to the same step. */
  type(key: string, text: string, nowMs = performance.now()): boolean {
    const passage = passageOf(this.#shown, key);
    if (!passage || passage.text === text) return false;
    const last = this.#pending.at(-1);
    const joins =
      this.#typed?.key === key &&
      nowMs - this.#typed.atMs < JOIN_MS &&
      last?.key === this.#typed.change &&
      last.request === null;
    if (!joins) {
      this.edit({ kind: "text", key, text });
      const change = this.#pending.at(-1)?.key ?? "";
      this.#typed = { key, change, atMs: nowMs };
      return true;
    }
    const edit: Edit = { kind: "text", key, text };
    const order: Order = { kind: "segments", edits: [{ action: "text", key, text }] };
    this.#typed = { ...this.#typed, key, change: last.key, atMs: nowMs };
    this.#replace(last.key, { ...last, edits: [edit], order });
    this.#shown = apply(this.#shown, edit).transcript; // only its text is another one
    this.#onchange();
    return true;
  }

  /** The next typed letter starts a new step. */
  endTyping(): void {
    this.#typed = null;
  }

  /** Replaces every match in one step. Returns their number. */
  replaceAll(query: Query, by: string): number {
    const hits = hitsOf(this.#shown.passages, query);
    const keys = [...new Set(hits.map((hit) => hit.key))];
    const edits = keys.map((key): Edit => {
      const text = passageOf(this.#shown, key)?.text ?? "";
      return { kind: "text", key, text: replaced(text, query, by) };
    });
    if (edits.length) this.#add({ kind: "replace", query, by }, edits);
    return hits.length;
  }

  undo(): boolean {
    return this.#steps.undo((step) => {
      this.#typed = null;
      const change = this.#pending.find((each) => each.key === step.change);
      if (change?.request !== null) return this.#revert(step);
      this.#drop(change.key); // it was not sent yet
      this.#onchange();
      return { change: "", inverse: change.edits, order: change.order };
    });
  }

  redo(): boolean {
    return this.#steps.redo((step) => this.#revert(step));
  }

  /** Applies the inverse of a step; returns the step that reverts it. */
  #revert(step: Step): Step {
    const inverse = this.#inverseOf(step.inverse);
    const made = this.#madeBy.get(step.change);
    const order = step.order ?? { kind: "undo", of: step.change, made };
    const change = this.#change(order, step.inverse);
    return { change: change.key, inverse, order: null };
  }

  #inverseOf(edits: readonly Edit[]): Put[] {
    const inverses: Put[] = [];
    let now = this.#shown;
    for (const edit of edits) {
      const done = apply(now, edit);
      inverses.unshift(done.inverse);
      now = done.transcript;
    }
    return inverses;
  }

  // --- with the service --------------------------------------------------------------------------

  /** The first change that may be sent. What builds on a passage with an open conflict waits. */
  next(): Change | null {
    const waiting = new Set(this.#conflicts.keys());
    for (const change of this.#pending) {
      const touched = touchedBy(change);
      const waits = () => [change.key, ...touched].forEach((key) => waiting.add(key));
      if (touched.some((key) => waiting.has(key))) {
        waits();
        continue;
      }
      if (change.request) return change;
      const request = requestOf(change, this.#base, this.#madeBy);
      if (request) {
        const sent = { ...change, request };
        this.#replace(change.key, sent);
        return sent;
      }
      // Its passages were removed. Text that the user wrote becomes a conflict, so that it is not lost.
      const removals = this.#writtenIn(textsOf(change).map(([key]) => key));
      if (!removals.length) {
        this.#drop(change.key);
        continue;
      }
      this.#open(removals);
      waits();
    }
    return null;
  }

  /** The service has stored a change. */
  confirmed(change: Change, answer: EditAnswer): void {
    this.#madeBy.set(change.key, answer.revision);
    const known = this.revision;
    this.#base = adopted(this.#base, answer, change.edits);
    // Others made changes in between, which are still to be read.
    if (answer.revision > known + 1) this.#base = { ...this.#base, revision: known };
    const revisions = new Map(answer.changed.map((each) => [this.#keyOf(each.id), each.revision]));
    this.#pending = this.#pending
      .filter((each) => each.key !== change.key)
      .map((each) => withSeen(each, revisions));
    const speaker = change.edits.find((edit) => edit.kind === "speak")?.speaker;
    const given = answer.changed[0]?.speaker;
    if (speaker && isNewSpeaker(speaker) && given) {
      this.#pending = this.#pending.map((each) => withSpeakerId(each, speaker, given));
    }
    this.#redraw();
    this.#onchange();
  }

  /** Removes a change that the service has applied already, and whose answer is not known. */
  settled(change: Change): void {
    this.#drop(change.key);
    this.#onchange();
  }

  /** Applies changes of others; passages that are being edited keep the local text. */
  adopt(changes: ChangesOut): void {
    if (changes.revision <= this.#base.revision) return;
    this.#base = adopted(this.#base, changes, []);
    this.#redraw();
  }

  /** Words that were loaded after their passages. */
  adoptWords(words: PackedWords): void {
    if (words.revision !== this.#base.revision || words.version !== this.#base.version) return;
    this.#base = withWords(this.#base, words);
    this.#redraw();
  }

  /**
   * The service refused a change for good. Texts that others changed meanwhile become conflicts;
   * any other change is reverted, and the answer is false. So do texts that were written in
   * passages that a reverted change had divided or joined.
   */
  refused(change: Change, problem: Problem): boolean {
    const texts = new Map(textsOf(change));
    const conflicts = conflictsOf(problem).flatMap(({ id, theirs, revision }): Conflict[] => {
      const key = this.#keyOf(id);
      const mine = texts.get(key);
      return mine === undefined ? [] : [{ key, mine, theirs, revision }];
    });
    this.#open(conflicts);
    if (conflicts.length) return true;
    this.#drop(change.key);
    this.#open(this.#writtenIn(changesPassages(change) ? touchedBy(change) : []));
    this.#steps.forget(change.key);
    this.#onchange();
    return false;
  }

  /** Resolves a conflict: "mine" is sent again over theirs, "theirs" drops the local texts. */
  decide(key: string, choice: "mine" | "theirs"): void {
    const conflict = this.#conflicts.get(key);
    if (!conflict) return;
    this.#conflicts = new Map([...this.#conflicts].filter(([each]) => each !== key));
    // Those before the first were sent, or touch other passages.
    const changes = this.#pending.filter((each) => keysOf(each.order).includes(key));
    const [first] = changes;
    if (choice === "theirs" || conflict.theirs === null) {
      for (const change of changes) this.#withoutText(change, key);
    } else if (first) {
      const seen = { ...first.seen, [key]: conflict.revision };
      this.#replace(first.key, { ...this.#again(first), seen });
    }
    this.#redraw();
    this.#onchange();
  }

  /** The same change as a new request, which the service has not seen. */
  #again(change: Change): Change {
    const key = idempotencyKey();
    this.#rename(change.key, key);
    return { ...change, key, request: null };
  }

  #withoutText(change: Change, key: string): void {
    if (change.order.kind !== "segments") return;
    const edits = change.edits.filter((edit) => edit.kind !== "text" || edit.key !== key);
    const order = change.order.edits.filter((edit) => edit.action !== "text" || edit.key !== key);
    if (order.length === change.order.edits.length) return;
    if (order.length) {
      const rest: Order = { kind: "segments", edits: order };
      this.#replace(change.key, { ...this.#again(change), edits, order: rest });
    } else {
      this.#drop(change.key);
      this.#steps.forget(change.key);
    }
  }

  /** Texts of waiting changes in these passages, beside those that are stored. */
  #writtenIn(keys: readonly string[]): Conflict[] {
    const texts = new Map(this.#pending.flatMap((change) => textsOf(change)));
    return [...texts].flatMap(([key, mine]) => {
      if (!keys.includes(key)) return [];
      const stored = passageOf(this.#base, key);
      return [{ key, mine, theirs: stored?.text ?? null, revision: stored?.revision ?? 0 }];
    });
  }

  #open(conflicts: readonly Conflict[]): void {
    const found = conflicts.map((conflict) => [conflict.key, conflict] as const);
    this.#conflicts = new Map([...this.#conflicts, ...found]);
  }

  #add(order: Order, edits: readonly Edit[]): void {
    this.#typed = null;
    const inverse = this.#inverseOf(edits);
    const change = this.#change(order, edits);
    this.#steps.add({ change: change.key, inverse, order: null });
  }

  #change(order: Order, edits: readonly Edit[]): Change {
    const seen: Record<string, number> = {};
    for (const key of keysOf(order)) {
      const passage = passageOf(this.#shown, key);
      // Of a passage that is only here, the service knows no revision yet.
      if (passage && passage.id !== passage.key) seen[key] = passage.revision;
      else if (passage && passageOf(this.#base, key)) seen[key] = passage.revision;
    }
    const change: Change = { key: idempotencyKey(), order, edits, seen, request: null };
    this.#pending = [...this.#pending, change];
    this.#show(withChanges(this.#shown, [change]));
    this.#onchange();
    return change;
  }

  #replace(key: string, change: Change): void {
    this.#pending = this.#pending.map((each) => (each.key === key ? change : each));
  }

  #rename(key: string, to: string): void {
    this.#steps.rename(key, to);
    this.#pending = this.#pending.map((each) =>
      each.order.kind === "undo" && each.order.of === key
        ? { ...each, order: { kind: "undo", of: to } }
        : each,
    );
  }

  #drop(key: string): void {
    this.#pending = this.#pending.filter((each) => each.key !== key);
    this.#redraw();
  }

  #show(transcript: Transcript): void {
    this.#shown = transcript;
    this.#spoken = transcript;
  }

  #redraw(): void {
    this.#show(withChanges(this.#base, this.#pending));
  }

  #keyOf(id: string): string {
    return this.#base.passages.find((passage) => passage.id === id)?.key ?? id;
  }
}

/**
 * The base with what an answer says. Segments that are new in it get the keys that the edits gave
 * them here, so that editing them can continue.
 */
function adopted(
  base: Transcript,
  answer: EditAnswer | ChangesOut,
  edits: readonly Edit[],
): Transcript {
  const keys = new Map(base.passages.map((passage) => [passage.id, passage.key]));
  for (const edit of edits) {
    if (edit.kind === "split") {
      const unknown = answer.changed.find((segment) => !keys.has(segment.id));
      if (unknown) keys.set(unknown.id, edit.newKey);
    } else if (edit.kind === "put") {
      for (const { passage } of edit.passages) keys.set(passage.id, passage.key);
    }
  }
  const put = putOf(base, answer, (id) => keys.get(id) ?? id);
  return { ...apply(base, put).transcript, revision: Math.max(base.revision, answer.revision) };
}

function textsOf(change: Change): [string, string][] {
  if (change.order.kind !== "segments") return [];
  return change.order.edits.flatMap((edit): [string, string][] =>
    edit.action === "text" ? [[edit.key, edit.text]] : [],
  );
}

/** Whether it makes other passages, in which later changes may have written. */
function changesPassages({ edits }: Change): boolean {
  return edits.some(({ kind }) => kind === "split" || kind === "merge" || kind === "put");
}

function conflictsOf(problem: Problem): { id: string; theirs: string | null; revision: number }[] {
  const segments = problem.facts["segments"];
  if (problem.code !== "edit_conflict" || !Array.isArray(segments)) return [];
  return segments.filter(isRecord).flatMap(({ id, current, revision }) => {
    if (typeof id !== "string" || typeof revision !== "number") return [];
    const theirs =
      isRecord(current) && typeof current["text"] === "string" ? current["text"] : null;
    return [{ id, theirs, revision }];
  });
}
