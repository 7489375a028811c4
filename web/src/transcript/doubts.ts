import type { Passage } from "./passages.ts";
import { type Word, count, nextDoubt, wordAt } from "./words.ts";

export const DOUBTFUL_BELOW = 60; // percent

/**
 * The next doubtful word in a direction from a word, with wrap-around, past passages that are marked
 * as correct; null if there is none.
 */
export function doubtFrom(
  passages: readonly Passage[],
  from: { readonly passage: number; readonly word: number },
  step: 1 | -1,
): { passage: Passage; word: Word } | null {
  for (let tried = 0; tried <= passages.length; tried += 1) {
    const index = (from.passage + step * tried + passages.length * 2) % passages.length;
    const passage = passages[index];
    if (!passage || passage.checked) continue;
    const edge = step > 0 ? 0 : count(passage.words) - 1;
    const first = tried ? edge : from.word + step;
    const word = wordAt(passage.words, nextDoubt(passage.words, first, step, DOUBTFUL_BELOW));
    if (word) return { passage, word };
  }
  return null;
}
