import { Problem } from "../api/problem.ts";
import type { App } from "../app.ts";
import { sentenceOf } from "./problems.ts";

/** Does what a button asks for; why it failed is told in a notice. True when it was done. */
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
