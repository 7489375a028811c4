import { answer } from "../../api/client.ts";
import type { App } from "../../app.ts";
import { attempt } from "../../parts/attempt.ts";
import type { BulkAction, Library } from "./library.svelte.ts";

const MOST_AT_ONCE = 100;

/** The notice after each change, and the change that undoes it; null: none does. */
const NOTICES = {
  archive: { notice: "archived", back: "unarchive" },
  unarchive: { notice: "unarchived", back: "archive" },
  bin: { notice: "binned", back: "restore" },
  restore: { notice: "restored", back: "bin" },
  delete: { notice: "gone", back: null },
} as const;

export type Move = keyof typeof NOTICES;

/** Moves recordings. Their rows are removed at once; a notice offers to undo it. */
export async function move(
  app: App,
  library: Library,
  ids: readonly string[],
  to: Move,
): Promise<void> {
  const { texts, toasts } = app;
  const done = await attempt(app, () => apply(app, ids, to));
  if (!done) return;
  const { notice, back } = NOTICES[to];
  library.without(ids);
  const undo = back && {
    label: texts.t.parts.undo,
    run: () =>
      void attempt(app, async () => {
        await apply(app, ids, back);
        await library.reload();
      }),
  };
  toasts.show(texts.t.actions[notice](ids.length), undo);
}

/** Throws Problem. Shows how many recordings refused the change. */
export async function apply(
  app: App,
  ids: readonly string[],
  action: BulkAction,
  tagId: string | null = null,
): Promise<void> {
  let refused = 0;
  for (const part of partsOf(ids)) {
    const body = { ids: part, action, tag_id: tagId };
    const { results } = await answer(app.api.POST("/api/v1/library/bulk", { body }));
    refused += results.filter((result) => !result.ok).length;
  }
  if (refused) app.toasts.show(app.texts.t.actions.refused(refused));
}

/** As many at once as the service takes in a request. */
export function partsOf(ids: readonly string[]): string[][] {
  const count = Math.ceil(ids.length / MOST_AT_ONCE);
  return Array.from({ length: count }, (_, at) =>
    ids.slice(at * MOST_AT_ONCE, (at + 1) * MOST_AT_ONCE),
  );
}
