import type { Problem } from "../api/problem.ts";
import { isolated } from "../languages/isolated.ts";
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
  if (!problem.detail) return t.problems.unknown;
  if (problem.language === texts.language.code || !problem.title) return problem.detail;
  // In short in the language of the page, then all of it as the service says it.
  return `${problem.title.replace(/[.。]$/, "")}: ${isolated(problem.detail)}`;
}
