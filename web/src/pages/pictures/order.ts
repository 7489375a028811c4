import type { Schemas } from "../../api/client.ts";
import type { Model, Order } from "./pictures.svelte.ts";

export type Way = "card" | "frame" | "prompt";

/** What the form of new pictures holds. */
export interface Wish {
  readonly way: Way;
  readonly text: string; // of a card
  readonly prompt: string;
  readonly model: string | null; // its key; null: the first that is ready
  readonly style: string;
  readonly palette: Schemas["PaletteOut"]["name"];
  readonly aspect: Schemas["ImageModelOut"]["aspects"][number];
  readonly count: number;
  readonly seed: number | null;
}

export function keyOf({ provider, model }: Model): string {
  return `${provider} ${model}`;
}

/** Models that draw from a description; those of this machine are cards and frames. */
export function drawing(models: readonly Model[]): Model[] {
  return models.filter(({ local }) => !local);
}

/** The one that makes what is wished; null: none is ready. */
export function modelOf(wish: Wish, models: readonly Model[]): Model | null {
  if (wish.way !== "prompt") {
    const isOf = wish.way === "frame";
    return models.find((m) => m.local && m.ready && m.from_recording === isOf) ?? null;
  }
  const ready = drawing(models).filter((model) => model.ready);
  return ready.find((model) => keyOf(model) === wish.model) ?? ready[0] ?? null;
}

/** The request for it; null where something is missing yet. */
export function orderOf(wish: Wish, models: readonly Model[], recording: string): Order | null {
  const model = modelOf(wish, models);
  if (!model || (wish.way === "prompt" && !wish.prompt.trim())) return null;
  const isSeeded = wish.way !== "frame" && model.seeds !== "none";
  return {
    transcription_id: recording,
    provider: model.provider,
    model: model.model,
    prompt:
      wish.way === "card" ? wish.text.trim() : wish.way === "prompt" ? wish.prompt.trim() : "",
    n: wish.count,
    style: wish.style,
    aspect: wish.aspect,
    seed: isSeeded ? wish.seed : null,
    negative: "",
    palette: wish.way === "card" ? wish.palette : null,
    at_ms: null,
    describer: "local",
  };
}
