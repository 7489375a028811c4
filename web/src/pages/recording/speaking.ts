import type { Passage, Transcript } from "../../transcript/passages.ts";

export interface Speaking {
  readonly id: string;
  readonly label: string;
  readonly name: string | null;
  readonly share: number; // of all that is said, 0 to 1
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly startMs: number;
  readonly endMs: number;
}

const SAMPLES = 3;
const LONGEST_SAMPLE_MS = 6_000;

/** How much each speaker says, and where each can be heard: long passages, from all over. */
export function speaking(transcript: Transcript): Speaking[] {
  const passages = new Map<string, Passage[]>();
  let total = 0;
  for (const passage of transcript.passages) {
    if (passage.speaker === null) continue;
    const own = passages.get(passage.speaker);
    if (own) own.push(passage);
    else passages.set(passage.speaker, [passage]);
    total += length(passage);
  }
  return transcript.speakers.map(({ id, label, name }) => {
    const own = passages.get(id) ?? [];
    const said = own.reduce((sum, passage) => sum + length(passage), 0);
    return { id, label, name, share: total ? said / total : 0, samples: samplesOf(own) };
  });
}

/** The longest passage of each third. */
function samplesOf(passages: readonly Passage[]): Sample[] {
  const size = Math.ceil(passages.length / SAMPLES);
  return Array.from({ length: SAMPLES }, (_, third) => {
    const part = passages.slice(third * size, (third + 1) * size);
    return part.sort((a, b) => length(b) - length(a))[0];
  }).flatMap((passage) =>
    passage
      ? [
          {
            startMs: passage.startMs,
            endMs: Math.min(passage.endMs, passage.startMs + LONGEST_SAMPLE_MS),
          },
        ]
      : [],
  );
}

function length(passage: Passage): number {
  return passage.endMs - passage.startMs;
}

/** The keys of the passages that a choice of speaker is about. */
export function keysFrom(
  transcript: Transcript,
  key: string,
  reach: "here" | "on" | "everywhere",
): string[] {
  const index = transcript.passages.findIndex((passage) => passage.key === key);
  const passage = transcript.passages[index];
  if (!passage) return [];
  if (reach === "here") return [key];
  const from = reach === "on" ? index : 0;
  return transcript.passages
    .slice(from)
    .filter((each) => each.speaker === passage.speaker)
    .map((each) => each.key);
}
