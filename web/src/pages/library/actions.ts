import type { App } from "../../app.ts";
import type { MenuItem } from "../../parts/Menu.svelte";
import { attempt } from "../../parts/attempt.ts";
import type { Library, Recording } from "./library.svelte.ts";
import { removeWithUndo } from "./removing.ts";

interface Given {
  readonly app: App;
  readonly library: Library;
  readonly row: Recording;
  readonly onchoose: (is: boolean) => void;
  readonly onrename: () => void;
}

/** What can be done with a recording of the list. */
export function actionsOf({ app, library, row, onchoose, onrename }: Given): MenuItem[] {
  const t = app.texts.t.library;
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
    { label: t.rename, run: onrename },
    { label: t.select, run: () => onchoose(true) },
    ...(isRunning ? [{ label: t.cancel, run: tried(() => library.cancel(row)) }] : []),
    ...(isOver ? [{ label: t.tryAgain, run: tried(() => library.retry(row)) }] : []),
    { label: t.remove, run: () => removeWithUndo(app, library, [row.id]), bad: true },
  ];
}
