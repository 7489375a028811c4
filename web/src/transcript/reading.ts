import type { Verbs } from "../commands.ts";
import type { Player } from "../player/player.svelte.ts";
import type { TextView } from "./view.svelte.ts";

const STEP_MS = 3_000;

/** The keys of the text are no longer those of a button that was reached with Tab before. */
export function leaveButton(): void {
  const { activeElement } = document;
  if (activeElement instanceof HTMLElement) activeElement.blur();
}

/** Key commands for reading and playing a transcript. */
export function readingVerbs(
  { player, view }: { readonly player: Player; readonly view: TextView },
  onrate: (rate: number) => void,
): Verbs {
  const done = (work: () => void) => () => {
    work();
    return true;
  };
  const rate = (step: 1 | -1) => done(() => onrate(player.changeRate(step)));
  const neighbour = (step: 1 | -1) => {
    const passage = view.neighbour(step);
    if (!passage) return false;
    view.goTo({ key: passage.key, offset: 0 });
    leaveButton();
    return true;
  };
  const back = done(() => player.skip(-STEP_MS));
  const forward = done(() => player.skip(STEP_MS));
  const play = done(() => player.toggle());
  return {
    play,
    playReading: play,
    back,
    backReading: back,
    forward,
    forwardReading: forward,
    zoomIn: () => player.zoomBy(0.5),
    zoomOut: () => player.zoomBy(2),
    slower: rate(-1),
    faster: rate(1),
    repeatSlowly: () => {
      const passage = view.here;
      if (passage) player.repeatSlowly(passage.startMs, passage.endMs);
      return passage !== null;
    },
    wordBack: () => view.step(-1),
    wordOn: () => view.step(1),
    previousPassage: () => neighbour(-1),
    nextPassage: () => neighbour(1),
  };
}
