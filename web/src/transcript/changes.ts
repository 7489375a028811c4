import type { Schemas } from "../api/client.ts";
import type { Query } from "./find.ts";
import { type Edit, type Transcript, apply, passageOf } from "./passages.ts";
import { codePointsOf } from "./words.ts";

/** A request to the service; passages and other changes have the page's keys. */
export type Order =
  | { readonly kind: "segments"; readonly edits: readonly SegmentOrder[] }
  | { readonly kind: "speakers"; readonly actions: readonly SpeakerOrder[] }
  | { readonly kind: "replace"; readonly query: Query; readonly by: string }
  | {
      readonly kind: "undo";
      readonly of: string;
      readonly made?: number | undefined; // its revision, if it was stored: another page has no other source
    };

export type SegmentOrder =
  | { readonly action: "text"; readonly key: string; readonly text: string }
  | { readonly action: "split"; readonly key: string; readonly at: number }
  | { readonly action: "merge"; readonly key: string; readonly following: string }
  | { readonly action: "remove" | "restore"; readonly key: string }
  | { readonly action: "check"; readonly key: string; readonly checked: boolean }
  | {
      readonly action: "times";
      readonly key: string;
      readonly startMs: number;
      readonly endMs: number;
    };

export type SpeakerOrder =
  | { readonly action: "rename"; readonly speaker: string; readonly name: string | null }
  | { readonly action: "merge"; readonly into: string; readonly speakers: readonly string[] }
  | { readonly action: "reassign"; readonly to: string; readonly keys: readonly string[] };

/** One step of undo and one change at the service. */
export interface Change {
  readonly key: string; // makes a repeated request take effect once
  readonly order: Order;
  readonly edits: readonly Edit[]; // what it does to the transcript here, until the service answers
  readonly seen: Readonly<Record<string, number>>; // what it was made on: revisions of passages
  readonly request: Request | null; // once it was sent: a repeated one must be the same
}

export type Request =
  | { readonly to: "segments"; readonly body: Schemas["SegmentEdits"] }
  | { readonly to: "speakers"; readonly body: Schemas["SpeakerEdits"] }
  | { readonly to: "replace"; readonly body: Schemas["Replacement"] }
  | { readonly to: "undo"; readonly body: Schemas["Undo"] };

/** A new speaker has no id of the service before it answers. */
export const isNewSpeaker = (id: string): boolean => id.startsWith("new-");

/** The request for an edit; null for edits that only the service sends. */
export function orderOf(transcript: Transcript, edit: Edit): Order | null {
  switch (edit.kind) {
    case "text":
      return segments({ action: "text", key: edit.key, text: edit.text });
    case "split": {
      const text = passageOf(transcript, edit.key)?.text ?? "";
      const begins = text.length - text.slice(edit.at).trimStart().length;
      return segments({ action: "split", key: edit.key, at: codePointsOf(text, begins) });
    }
    case "merge":
      return segments({ action: "merge", key: edit.key, following: edit.following });
    case "remove":
    case "restore":
      return segments({ action: edit.kind, key: edit.key });
    case "check":
      return segments({ action: "check", key: edit.key, checked: edit.checked });
    case "times":
      return segments(...edit.moves.map((times) => ({ action: "times" as const, ...times })));
    case "speak":
      return speakers({ action: "reassign", to: edit.speaker, keys: edit.keys });
    case "rename":
      return speakers({ action: "rename", speaker: edit.speaker, name: edit.name });
    case "unite":
      return speakers({ action: "merge", into: edit.into, speakers: edit.speakers });
    case "put":
      return null;
    default:
      return edit satisfies never;
  }
}

/** The keys of the passages that a request touches; it sends what was read of them. */
export function keysOf(order: Order): readonly string[] {
  if (order.kind === "segments") {
    return order.edits.flatMap((edit) =>
      edit.action === "merge" ? [edit.key, edit.following] : [edit.key],
    );
  }
  if (order.kind !== "speakers") return [];
  return order.actions.flatMap((action) => (action.action === "reassign" ? action.keys : []));
}

/** Everything a change needs or makes, by key: it cannot be stored before a waiting change with one of these. */
export function touchedBy({ order, edits }: Change): readonly string[] {
  const of = order.kind === "undo" ? [order.of] : [];
  return [...of, ...keysOf(order), ...edits.flatMap(touchedByEdit)];
}

function touchedByEdit(edit: Edit): readonly string[] {
  switch (edit.kind) {
    case "split":
      return [edit.key, edit.newKey];
    case "merge":
      return [edit.key, edit.following];
    case "times":
      return edit.moves.map(({ key }) => key);
    case "speak":
      return [...edit.keys, edit.speaker];
    case "rename":
      return [edit.speaker];
    case "unite":
      return [edit.into, ...edit.speakers];
    case "put":
      return [...edit.passages.map(({ passage }) => passage.key), ...edit.removed];
    default:
      return [edit.key];
  }
}

/** The transcript with unconfirmed changes. */
export function withChanges(base: Transcript, changes: readonly Change[]): Transcript {
  return changes
    .flatMap((change) => change.edits)
    .reduce((transcript, edit) => apply(transcript, edit).transcript, base);
}

/**
 * The request of a change, with the current ids of the service. Null when nothing is left that it
 * applies to.
 */
export function requestOf(
  change: Change,
  base: Transcript,
  madeBy: ReadonlyMap<string, number>,
): Request | null {
  const { order } = change;
  const { revision, version } = base;
  const id = (key: string) => passageOf(base, key)?.id ?? null;
  switch (order.kind) {
    case "segments": {
      const edits = order.edits.flatMap((edit) => segmentEdit(edit, change, id));
      return edits.length ? { to: "segments", body: { revision, version, edits } } : null;
    }
    case "speakers": {
      const actions = order.actions.flatMap((action) => speakerAction(action, change, id));
      return actions.length ? { to: "speakers", body: { revision, version, actions } } : null;
    }
    case "replace": {
      const { text, matchCase, wholeWords } = order.query;
      const body = {
        revision,
        version,
        find: text,
        replace: order.by,
        match_case: matchCase,
        whole_words: wholeWords,
        preview: false,
      };
      return { to: "replace", body };
    }
    case "undo": {
      const undoOf = madeBy.get(order.of) ?? order.made;
      return undoOf === undefined ? null : { to: "undo", body: { undo_of: undoOf, version } };
    }
    default:
      return order satisfies never;
  }
}

/** Later changes were made on top of one that is now stored: they have seen its result. */
export function withSeen(change: Change, revisions: ReadonlyMap<string, number>): Change {
  const seen = { ...change.seen };
  for (const key of Object.keys(seen)) seen[key] = revisions.get(key) ?? seen[key] ?? 0;
  return { ...change, seen };
}

/** The same change with the service's name of a speaker who was new. */
export function withSpeakerId(change: Change, speaker: string, id: string): Change {
  const name = (each: string) => (each === speaker ? id : each);
  const edits = change.edits.map((edit): Edit => {
    if (edit.kind === "speak") return { ...edit, speaker: name(edit.speaker) };
    if (edit.kind === "rename") return { ...edit, speaker: name(edit.speaker) };
    if (edit.kind === "unite") {
      return { ...edit, into: name(edit.into), speakers: edit.speakers.map(name) };
    }
    return edit;
  });
  if (change.order.kind !== "speakers") return { ...change, edits };
  const actions = change.order.actions.map((action): SpeakerOrder => {
    if (action.action === "rename") return { ...action, speaker: name(action.speaker) };
    if (action.action === "reassign") return { ...action, to: name(action.to) };
    return { ...action, into: name(action.into), speakers: action.speakers.map(name) };
  });
  return { ...change, edits, order: { kind: "speakers", actions } };
}

function segments(...edits: SegmentOrder[]): Order {
  return { kind: "segments", edits };
}

function speakers(...actions: SpeakerOrder[]): Order {
  return { kind: "speakers", actions };
}

type SegmentEdit = Schemas["SegmentEdits"]["edits"][number];
type SpeakerAction = Schemas["SpeakerEdits"]["actions"][number];

function segmentEdit(
  edit: SegmentOrder,
  change: Change,
  idOf: (key: string) => string | null,
): SegmentEdit[] {
  const id = idOf(edit.key);
  if (id === null) return [];
  const seen = change.seen[edit.key] ?? null;
  switch (edit.action) {
    case "text":
      return [{ action: "text", id, text: edit.text, seen }];
    case "split":
      return [{ action: "split", id, at: edit.at, seen }];
    case "check":
      return [{ action: "check", id, checked: edit.checked, seen }];
    case "times":
      return [{ action: "times", id, start_ms: edit.startMs, end_ms: edit.endMs, seen }];
    case "remove":
    case "restore":
      return [{ action: edit.action, id, seen }];
    case "merge": {
      const following = idOf(edit.following);
      const following_seen = change.seen[edit.following] ?? null;
      return following === null ? [] : [{ action: "merge", id, following, seen, following_seen }];
    }
    default:
      return edit satisfies never;
  }
}

function speakerAction(
  action: SpeakerOrder,
  change: Change,
  idOf: (key: string) => string | null,
): SpeakerAction[] {
  if (action.action === "rename") return [action];
  if (action.action === "merge") return [{ ...action, speakers: [...action.speakers] }];
  const known = action.keys.flatMap((key) => {
    const id = idOf(key);
    return id === null ? [] : [{ id, seen: change.seen[key] }];
  });
  if (!known.length) return [];
  const seen = Object.fromEntries(
    known.flatMap(({ id, seen }) => (seen === undefined ? [] : [[id, seen]])),
  );
  const to = isNewSpeaker(action.to) ? "new" : action.to;
  return [{ action: "reassign", to, segment_ids: known.map(({ id }) => id), seen }];
}
