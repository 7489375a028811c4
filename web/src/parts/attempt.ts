import { Problem } from "../api/problem.ts";
import type { App } from "../app.ts";
import { sentenceOf } from "./problems.ts";

/** Runs the action of a button. A failure is shown in a notice. True if it succeeded. */
export async function attempt(app: App, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    app.toasts.show([sentenceOf(error, app.texts), ...whenAgain(error, app.texts)].join(" "));
    return false;
  }
}

/** When the same may succeed, where the service says it: a notice is gone before it could count. */
function whenAgain({ isPassing, retryAfterS }: Problem, { t, format }: App["texts"]): string[] {
  return isPassing && retryAfterS ? [t.problems.againIn(format.span(retryAfterS * 1000))] : [];
}
