import { answer } from "../../api/client.ts";
import type { App } from "../../app.ts";
import { attempt } from "../../parts/attempt.ts";
import type { BulkAction, Library } from "./library.svelte.ts";

const MOST_AT_ONCE = 100;

/** What a change is told as, and what takes it back; null: nothing does. */
const TOLD = {
  archive: { told: "archived", back: "unarchive" },
  unarchive: { told: "unarchived", back: "archive" },
  bin: { told: "binned", back: "restore" },
  restore: { told: "restored", back: "bin" },
  delete: { told: "gone", back: null },
} as const;

export type Move = keyof typeof TOLD;

/** Brings recordings to another place. The rows go at once; a notice offers the way back. */
export async function move(
  app: App,
  library: Library,
  ids: readonly string[],
  to: Move,
): Promise<void> {
  const { texts, toasts } = app;
  const done = await attempt(app, () => apply(app, ids, to));
  if (!done) return;
  const { told, back } = TOLD[to];
  library.without(ids);
  const undo = back && {
    label: texts.t.parts.undo,
    run: () =>
      void attempt(app, async () => {
        await apply(app, ids, back);
        await library.reload();
      }),
  };
  toasts.show(texts.t.actions[told](ids.length), undo);
}

/** Throws Problem. Says how many of the recordings it was not possible with. */
export async function apply(
  app: App,
  ids: readonly string[],
  action: BulkAction,
  tagId: string | null = null,
): Promise<void> {
  let refused = 0;
  for (let at = 0; at < ids.length; at += MOST_AT_ONCE) {
    const body = { ids: ids.slice(at, at + MOST_AT_ONCE), action, tag_id: tagId };
    const { results } = await answer(app.api.POST("/api/v1/library/bulk", { body }));
    refused += results.filter((result) => !result.ok).length;
  }
  if (refused) app.toasts.show(app.texts.t.actions.refused(refused));
}
