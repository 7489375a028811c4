import type { App } from "../../app.ts";
import type { Verbs } from "../../commands.ts";
import { move } from "./changing.ts";
import type { Library } from "./library.svelte.ts";

interface Given {
  readonly app: App;
  readonly library: () => Library;
  readonly chosen: () => ReadonlySet<string>;
  readonly choose: (ids: readonly string[]) => void;
  readonly more: () => Promise<void>;
}

/** What the keys do in the list of recordings; the row in use is the one that has the focus. */
export function listVerbs({ app, library, chosen, choose, more }: Given): Verbs {
  const rows = () => [...document.querySelectorAll<HTMLElement>("li[data-recording]")];
  const here = () => document.activeElement?.closest<HTMLElement>("li[data-recording]") ?? null;
  const step = (by: 1 | -1) => {
    const all = rows();
    const at = all.findIndex((row) => row === here());
    const next = at < 0 ? all[by > 0 ? 0 : all.length - 1] : all[at + by];
    next?.querySelector<HTMLElement>("a, button")?.focus();
    if (!next && by > 0) void more();
    return next !== undefined;
  };
  return {
    nextPassage: () => step(1),
    previousPassage: () => step(-1),
    select: () => {
      const id = here()?.dataset["recording"];
      if (!id) return false;
      const before = chosen();
      choose(before.has(id) ? [...before].filter((each) => each !== id) : [...before, id]);
      return true;
    },
    selectAll: () => {
      if (!library().rows.length) return false;
      choose(library().rows.map((row) => row.id));
      return true;
    },
    endSelection: () => {
      if (!chosen().size) return false;
      choose([]);
      return true;
    },
    remove: () => {
      const id = here()?.dataset["recording"];
      const ids = chosen().size ? [...chosen()] : id ? [id] : [];
      if (!ids.length || library().place === "bin") return false;
      step(1);
      choose([]);
      void move(app, library(), ids, "bin");
      return true;
    },
  };
}
