import type { Schemas } from "../../api/client.ts";
import type { Order, Preset } from "./videos.svelte.ts";

export type Sound = NonNullable<Order["sound"]>;

/** The voice of each speaker by id; speakers that are not listed each get a different one. */
export type Voices = NonNullable<Order["voices"]>;

/** The key among `Voices` for a recording without speakers. */
export const EVERYBODY = "";

/** A recording that is played in the background, and how loud. */
export interface Background {
  readonly id: string;
  readonly title: string;
  readonly loudness: Loudness;
}

/** What the user chose for the sound of a video. */
export interface SoundChoice {
  readonly sound: Sound | null; // null: as the preset has it
  readonly language: string | null; // of the translation; null: the first, or none
  readonly voices: Voices;
  readonly music: Background | null;
}

export const AS_PRESET: SoundChoice = { sound: null, language: null, voices: {}, music: null };

/** The sound of a video, from its preset and the choice. */
export interface Soundtrack {
  readonly sound: Sound;
  readonly isSpoken: boolean; // by voices
  readonly translation: string | null; // a language, BCP-47
  readonly mustTranslate: boolean;
}

/** In decibels relative to the speech: during speech, and otherwise. */
const LEVELS = { quieter: [-26, -16], usual: [-20, -10], louder: [-14, -6] } as const;
export type Loudness = keyof typeof LEVELS;
export const LOUDNESSES: readonly Loudness[] = ["quieter", "usual", "louder"];

/** The sounds that a preset allows, its default first; a dubbed video is always spoken. */
export function soundsOf(preset: Pick<Preset, "needs_translation">): readonly Sound[] {
  return preset.needs_translation
    ? ["voice_over_original", "voice"]
    : ["original", "voice_over_original", "voice", "silent"];
}

export function soundtrackOf(
  preset: Pick<Preset, "needs_translation">,
  chosen: SoundChoice,
  given: { captions: string; translations: readonly string[] },
): Soundtrack {
  const sounds = soundsOf(preset);
  const sound = sounds.find((each) => each === chosen.sound) ?? sounds[0] ?? "original";
  const isSpoken = sound === "voice" || sound === "voice_over_original";
  const mustTranslate = preset.needs_translation || given.captions === "two";
  const first = mustTranslate ? (given.translations[0] ?? null) : null;
  const translation = mustTranslate || isSpoken ? (chosen.language ?? first) : null;
  return { sound, isSpoken, translation, mustTranslate };
}

export function musicOf(background: Background | null): Schemas["Music"] | null {
  if (!background) return null;
  const [under_speech_db, alone_db] = LEVELS[background.loudness];
  return { media_id: background.id, under_speech_db, alone_db };
}
