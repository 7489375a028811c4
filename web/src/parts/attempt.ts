import { Problem } from "../api/problem.ts";
import type { App } from "../app.ts";
import { sentenceOf } from "./problems.ts";

/** Runs the action of a button. A failure is shown in a notice. True if it succeeded. */
export async function attempt({ texts, toasts }: App, work: () => Promise<unknown>) {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    toasts.show(sentenceOf(error, texts) + againIn(error, texts));
    return false;
  }
}

/** When the same may succeed, where the service says it: a notice is gone before it could count. */
function againIn({ isPassing, retryAfterS }: Problem, { t, format }: App["texts"]): string {
  return isPassing && retryAfterS ? ` ${t.problems.againIn(format.span(retryAfterS * 1000))}` : "";
}
