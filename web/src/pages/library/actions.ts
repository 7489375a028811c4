import type { App } from "../../app.ts";
import type { MenuItem } from "../../parts/Menu.svelte";
import { attempt } from "../../parts/attempt.ts";
import { move, type Move } from "./changing.ts";
import type { Library, Recording } from "./library.svelte.ts";

export type Sheet = "rename" | "tags" | "delete";

interface Given {
  readonly app: App;
  readonly library: Library;
  readonly row: Recording;
  readonly onchoose: (is: boolean) => void;
  readonly onsheet: (sheet: Sheet) => void;
}

/** What can be done with a recording of the list. */
export function actionsOf({ app, library, row, onchoose, onsheet }: Given): MenuItem[] {
  const t = app.texts.t.library;
  const names = app.texts.t.actions;
  const to = (place: Move) => () => void move(app, library, [row.id], place);
  const select = { label: t.select, run: () => onchoose(true) };
  if (library.place === "bin") {
    return [
      { label: names.restore, run: to("restore") },
      select,
      { label: names.deleteForEver, run: () => onsheet("delete"), bad: true },
    ];
  }
  const isOpen = row.status === "succeeded" || row.version !== null;
  const isRunning = row.status === "queued" || row.status === "running";
  const isOver = row.status === "failed" || row.status === "cancelled";
  const tried = (work: () => Promise<void>) => () => void attempt(app, work);
  return [
    {
      label: t.open,
      run: () => app.router.go(`r/${row.id}`),
      reason: isOpen ? null : t.notReady,
    },
    { label: t.rename, run: () => onsheet("rename") },
    { label: names.tags, run: () => onsheet("tags") },
    select,
    ...(isRunning ? [{ label: t.cancel, run: tried(() => library.cancel(row)) }] : []),
    ...(isOver ? [{ label: t.tryAgain, run: tried(() => library.retry(row)) }] : []),
    row.archived
      ? { label: names.unarchive, run: to("unarchive") }
      : { label: names.archive, run: to("archive") },
    { label: names.bin, run: to("bin"), bad: true },
  ];
}
