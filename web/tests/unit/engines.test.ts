import { expect, test } from "vitest";

import { Choices, type Config } from "../../src/pages/library/engines.ts";

type Engine = Config["engines"][number];

const engine = (name: string, part: Partial<Engine>): Engine => ({
  name,
  title: name.toUpperCase(),
  ready: true,
  missing: null,
  bundled: false,
  on_this_machine: true,
  languages: ["*"],
  qualities: [],
  word_times: true,
  vocabulary: false,
  prompt: false,
  translate_to_english: false,
  speakers: false,
  features: {},
  llm_gateway: false,
  live: false,
  max_bytes: null,
  max_duration_ms: null,
  ...part,
});

const diarizer = { name: "local", title: "Local", overlap: false, needs_channels: false };
const limits = {
  max_upload_bytes: 1,
  max_duration_ms: 1,
  max_speakers: 20,
  retention_days: null,
  bin_days: 30,
};

const config = (engines: Engine[], missing: string | null = null): Config => ({
  engines,
  diarizers: [{ ...diarizer, ready: missing === null, missing }],
  limits,
});

const few = engine("few", { languages: ["en", "de"], qualities: ["fast", "best"] });
const many = engine("many", { vocabulary: true });
const away = engine("away", { ready: false, missing: "Set AWAY_KEY", translate_to_english: true });

test("an engine's languages are those that can be chosen, in any way of writing", () => {
  const choices = new Choices(config([few, many]), "few");
  expect([choices.knows("de-AT"), choices.knows("fr")]).toEqual([true, false]);
});

test("what any ready engine can do, can be chosen while no engine is", () => {
  const choices = new Choices(config([few, many, away]), "auto");
  expect([choices.knows("fr"), choices.can("vocabulary")]).toEqual([true, true]);
  expect(choices.can("translate_to_english")).toBe(false);
});

test("what an engine cannot do is said with those that can", () => {
  const choices = new Choices(config([few, many, away]), "few");
  expect(choices.can("vocabulary")).toBe(false);
  expect(choices.others("vocabulary")).toEqual(["MANY"]);
  expect(choices.others("translate_to_english")).toEqual([]);
});

test("an engine that is not ready any more is as none", () => {
  expect(new Choices(config([few, away]), "away").engine).toBeNull();
});

test("levels can be chosen where every possible engine has them", () => {
  expect(new Choices(config([few]), "auto").qualities).toEqual(["fast", "best"]);
  expect(new Choices(config([few, many]), "auto").qualities).toEqual([]);
});

test("speakers need something that tells them apart", () => {
  expect(new Choices(config([few]), "auto").withoutSpeakers).toBeNull();
  expect(new Choices(config([few], "Run it"), "auto").withoutSpeakers).toBe("Run it");
  const own = engine("own", { speakers: true });
  expect(new Choices(config([own], "Run it"), "own").withoutSpeakers).toBeNull();
});
