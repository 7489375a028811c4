import { Problem } from "../../api/problem.ts";
import type { App } from "../../app.ts";
import { sentenceOf } from "../../parts/problems.ts";
import type { Library } from "./library.svelte.ts";

const UNDO_MS = 10_000;

/** The rows go at once and can be had back for ten seconds; a closed page deletes nothing. */
export function removeWithUndo(app: App, library: Library, ids: readonly string[]): void {
  const { texts, toasts } = app;
  library.hide(ids);
  const timer = setTimeout(() => void remove(), UNDO_MS);
  const undo = () => {
    clearTimeout(timer);
    library.show(ids);
  };
  toasts.show(texts.t.library.removed(ids.length), { label: texts.t.parts.undo, run: undo });

  async function remove() {
    for (const id of ids) {
      try {
        await library.remove(id);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        library.show([id]);
        toasts.show(sentenceOf(error, texts));
      }
    }
  }
}
