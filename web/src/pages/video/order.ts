import type { Schemas } from "../../api/client.ts";
import type { StudioSentences } from "../../languages/en.studio.ts";
import type { Stretch } from "../../studio/stretch.ts";
import { type Background, EVERYBODY, type Sound, type Voices, musicOf } from "./sound.ts";
import type { Offered, Order, Preset } from "./videos.svelte.ts";

type Options = Schemas["VideoRequest"];
type About = Pick<Schemas["TranscriptionOut"], "version" | "has_video" | "segments" | "media_url">;
type Storyboard = Schemas["Storyboard"];

/** What the form of a new video holds. */
export interface Wish {
  readonly preset: Preset["name"];
  readonly aspect: NonNullable<Options["aspect"]> | null; // null: as the preset has it
  readonly fit: NonNullable<Options["fit"]>;
  readonly captions: NonNullable<Options["captions"]>;
  readonly sound: Sound;
  readonly translation: string | null; // a language, BCP-47
  readonly voices: Voices; // of what is spoken
  readonly music: Background | null;
  readonly drawnBy: string; // "" for cards and frames, or a provider and its model
  readonly palette: NonNullable<Options["palette"]>;
  readonly title: string;
  readonly planner: string; // "local", or a provider and its model
  readonly brand: string | null;
  readonly stretch: Stretch;
}

export const CLIP_MS = 60_000; // what a new clip begins with: the longest that most places take
const SAMPLE_LETTERS = 60; // four seconds

/** Presets that show the film itself, where there is one; the others draw their pictures. */
const FROM_FILM: ReadonlySet<string> = new Set(["captioned", "clip", "dubbed"]);

export function showsFilm(preset: string, about: Pick<About, "has_video">): boolean {
  return about.has_video && FROM_FILM.has(preset);
}

/** Presets made of still pictures; the others without a film draw the sound as a wave. */
const OF_SLIDES: ReadonlySet<string> = new Set(["slideshow", "lesson", "dubbed"]);

export function showsWave(preset: string, about: Pick<About, "has_video">): boolean {
  return !OF_SLIDES.has(preset) && !showsFilm(preset, about);
}

/** Whether the user can choose scenes. */
export function hasScenes(preset: string, about: Pick<About, "has_video">): boolean {
  return OF_SLIDES.has(preset) && !showsFilm(preset, about);
}

/** Why this kind cannot be made of the recording; null: it can. */
export function reasonAgainst(
  preset: Preset,
  about: About,
  t: StudioSentences,
  translations: readonly string[] = [],
): string | null {
  if (about.version === null) return t.notRead;
  if (!about.media_url) return t.film.noSound;
  if (preset.needs_speech && !about.segments?.length) return t.film.nothingSpoken;
  if (preset.needs_translation && !translations.length) return t.film.notTranslated;
  return null;
}

export function orderOf(wish: Wish): Order {
  const { [EVERYBODY]: voice = null, ...voices } = wish.voices;
  return {
    preset: wish.preset,
    aspect: wish.aspect,
    fit: wish.fit,
    captions: wish.captions,
    sound: wish.sound,
    translation: wish.translation,
    voice,
    voices,
    music: musicOf(wish.music),
    pictures: picturesOf(wish.drawnBy),
    brand_id: wish.brand,
    palette: wish.palette,
    title: wish.title.trim(),
    planner: wish.planner,
    from_ms: wish.stretch.fromMs,
    to_ms: wish.stretch.toMs,
    version: null,
    seed: null,
  };
}

function picturesOf(drawnBy: string): NonNullable<Order["pictures"]> | null {
  const [provider, model] = drawnBy.split(" ");
  return provider && model ? { provider, model, style: null } : null;
}

/** Who can choose scenes or passages: this machine, and language models that are ready. */
export function plannersOf(
  { planners }: Pick<Offered, "planners">,
  t: StudioSentences,
): (readonly [value: string, said: string, isOff?: boolean])[] {
  return [
    ["local", t.film.plannerHere],
    ...planners.map(
      ({ provider, model, title }) => [`${provider}:${model}`, `${title}: ${model}`] as const,
    ),
    ...(planners.length ? [] : [["none", t.film.noPlanner, true] as const]),
  ];
}

/** The first words of a translation: short enough to be heard at once. */
export function sampleOf(translation: string): string {
  const words = translation.trim().split(/\s+/);
  let length = 0;
  return words.filter((word) => (length += word.length + 1) <= SAMPLE_LETTERS).join(" ");
}

/** The shape of what is drawn, as width over height. */
export function ratioOf(aspect: string): number {
  const [width = 16, height = 9] = aspect.split(":").map(Number);
  return Number.isFinite(width) && Number.isFinite(height) && height > 0 ? width / height : 16 / 9;
}

/** The scene being drawn, from 1, when a share of all frames is done. */
export function sceneAt(
  board: Pick<Storyboard, "from_ms" | "to_ms" | "scenes">,
  share: number,
): number {
  const atMs = board.from_ms + share * (board.to_ms - board.from_ms);
  const begun = board.scenes.filter((scene) => scene.start_ms <= atMs).length;
  return Math.max(1, begun);
}

/** Styles of captions in the order they are offered; `two` needs a translation. */
export function captionStyles({ hasTranslation }: { hasTranslation: boolean }) {
  const drawn = ["word", "sweep", "box", "big", "speakers", "clean"] as const;
  return [...drawn, ...(hasTranslation ? (["two"] as const) : []), "soft", "none"] as const;
}
