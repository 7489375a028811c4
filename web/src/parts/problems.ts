import type { Problem } from "../api/problem.ts";
import type { Texts } from "../languages/languages.svelte.ts";

/** What happened and what to do. The service says it itself; what it cannot know is said here. */
export function sentenceOf(problem: Problem, texts: Texts): string {
  const { t, format } = texts;
  if (problem.isOffline) return t.problems.offline;
  const required = problem.number("required");
  const available = problem.number("available");
  if (problem.status === 402 && required !== null && available !== null) {
    return t.problems.credits(format.credits(required), format.credits(available));
  }
  return problem.detail || t.problems.unknown;
}
