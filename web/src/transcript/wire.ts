import type { Schemas } from "../api/client.ts";
import type { Passage, Put, Speaker, Transcript } from "./passages.ts";
import { NO_WORDS, type Words, codePointsOf, fromWire, wordsAfterEdit, unpacked } from "./words.ts";

type Recording = Pick<
  Schemas["TranscriptionOut"],
  "version" | "revision" | "duration_ms" | "segments"
> & { readonly speakers: readonly Schemas["SpeakerName"][] };
type Segment = Schemas["SegmentOut"];
/** Times and confidences of all words; the page shows no speaker of a single word. */
type PackedSegment = Pick<Schemas["PackedSegment"], "id" | "start_ms" | "words" | "texts">;
export type PackedWords = Omit<Schemas["PackedWords"], "segments"> & {
  readonly segments: readonly PackedSegment[];
};
type Changed = Pick<Schemas["EditAnswer"], "revision" | "changed" | "removed" | "placed"> & {
  readonly speakers?: readonly Schemas["SpeakerName"][] | null;
};

/** A transcript from answers of the service; without words until they have arrived. */
export function transcriptOf(recording: Recording, words: PackedWords | null): Transcript {
  const packed = new Map(words?.segments.map((segment) => [segment.id, segment]));
  return {
    version: recording.version ?? 0,
    revision: recording.revision ?? 0,
    durationMs: recording.duration_ms ?? 0,
    speakers: recording.speakers.map(speakerOf),
    passages: recording.segments.map((segment) => {
      const own = packed.get(segment.id);
      return {
        ...passageOf(segment, segment.id),
        words: own ? wordsOf(segment.text, own) : NO_WORDS,
      };
    }),
  };
}

/** The passages of a transcript with their words, where those belong to the same revision. */
export function withWords(transcript: Transcript, words: PackedWords): Transcript {
  const packed = new Map(words.segments.map((segment) => [segment.id, segment]));
  const passages = transcript.passages.map((passage) => {
    const own = packed.get(passage.id);
    if (!own || passage.words.length) return passage;
    return { ...passage, words: wordsOf(passage.text, own) };
  });
  return { ...transcript, passages };
}

/**
 * What the service says has changed, as an edit. `keyOf` gives the page's key of a segment, which
 * is its own where the page did not make it. The answer to a repeated request is that of the first
 * one: passages that were changed since stay as they are.
 */
export function putOf(
  transcript: Transcript,
  changed: Changed,
  keyOf: (id: string) => string,
): Put {
  const before = new Map<string, { passage: Passage; after: string | null }>();
  for (const [index, passage] of transcript.passages.entries()) {
    before.set(passage.key, { passage, after: transcript.passages[index - 1]?.key ?? null });
  }
  const isOlder = (id: string, revision: number) =>
    revision < (before.get(keyOf(id))?.passage.revision ?? 0);
  const current = changed.changed.filter((segment) => !isOlder(segment.id, segment.revision));
  const passages = current.map((segment) => {
    const key = keyOf(segment.id);
    const known = before.get(key);
    const place = changed.placed[segment.id];
    const after = place === undefined ? (known?.after ?? null) : place && keyOf(place);
    const passage = passageOf(segment, key);
    if (segment.words || !known) return { passage, after };
    // Where very many changed, the answer has no words: those of before are adjusted.
    const words = wordsAfterEdit(known.passage.words, known.passage.text, passage.text, passage);
    return { passage: { ...passage, words }, after };
  });
  return {
    kind: "put",
    passages,
    removed: changed.removed.filter((id) => !isOlder(id, changed.revision)).map(keyOf),
    speakers: changed.speakers?.map(speakerOf) ?? null,
  };
}

/** A split's place as the service counts it, in code points of the text before the split. */
export function splitPlace(text: string, offset: number): number {
  return codePointsOf(text, offset);
}

function wordsOf(text: string, packed: PackedSegment): Words {
  if (!packed.texts) return unpacked(text, packed.words, packed.start_ms);
  let ms = packed.start_ms;
  const words = packed.texts.map((word, index) => {
    const [, gapMs = 0, durationMs = 0, sure = -1] = packed.words.slice(index * 4, index * 4 + 4);
    const start_ms = ms + gapMs;
    ms = start_ms + durationMs;
    return { text: word, start_ms, end_ms: ms, confidence: sure < 0 ? null : sure / 100 };
  });
  return fromWire(text, words);
}

function passageOf(segment: Segment, key: string): Passage {
  return {
    key,
    id: segment.id,
    text: segment.text,
    speaker: segment.speaker,
    startMs: segment.start_ms,
    endMs: segment.end_ms,
    recognised: segment.recognised_text,
    checked: segment.checked,
    revision: segment.revision,
    words: segment.words ? fromWire(segment.text, segment.words) : NO_WORDS,
  };
}

function speakerOf(speaker: Schemas["SpeakerName"]): Speaker {
  return { id: speaker.id, name: speaker.name, label: speaker.label };
}
