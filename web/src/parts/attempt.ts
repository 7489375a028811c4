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
    app.toasts.show(sentenceOf(error, app.texts));
    return false;
  }
}
