import type { Schemas } from "../../api/client.ts";

export type Config = Pick<Schemas["ConfigOut"], "engines" | "diarizers" | "limits">;
type Engine = Schemas["EngineConfig"];
type Ability = "vocabulary" | "translate_to_english";

/** What can be chosen for the next recording, with an engine by its name or `auto`. */
export class Choices {
  readonly #config: Config;
  readonly #chosen: Engine | null;

  constructor(config: Config, engine: string) {
    this.#config = config;
    this.#chosen = config.engines.find((each) => each.name === engine && each.ready) ?? null;
  }

  /** The engine that was chosen; null: any that is ready. */
  get engine(): Engine | null {
    return this.#chosen;
  }

  get #possible(): readonly Engine[] {
    return this.#chosen ? [this.#chosen] : this.#config.engines.filter((each) => each.ready);
  }

  knows(language: string): boolean {
    const [base = ""] = language.split("-");
    return this.#possible.some(
      ({ languages }) => languages.includes("*") || languages.includes(base),
    );
  }

  can(ability: Ability): boolean {
    return this.#possible.some((each) => each[ability]);
  }

  /** Engines that are ready and can do what the chosen one cannot. */
  others(ability: Ability): readonly string[] {
    return this.#config.engines
      .filter((each) => each.ready && each[ability])
      .map(({ title }) => title);
  }

  /** Levels to choose from; an engine that has one level refuses to be asked for another. */
  get qualities(): readonly string[] {
    const [first, ...others] = this.#possible.map((each) => each.qualities);
    return (first ?? []).filter((level) => others.every((each) => each.includes(level)));
  }

  /** Why speakers cannot be told apart; null: they can. */
  get withoutSpeakers(): string | null {
    const { diarizers } = this.#config;
    if (this.#possible.some((each) => each.speakers)) return null;
    if (diarizers.some((each) => each.ready)) return null;
    return diarizers[0]?.missing ?? "";
  }
}
