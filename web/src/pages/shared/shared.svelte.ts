import { type Schemas, answer } from "../../api/client.ts";
import { Problem, isAbort } from "../../api/problem.ts";
import type { App } from "../../app.ts";
import { Player } from "../../player/player.svelte.ts";
import { Editor } from "../../transcript/editor.svelte.ts";
import { TextView } from "../../transcript/view.svelte.ts";
import { transcriptOf } from "../../transcript/wire.ts";

export type About = Schemas["SharedOut"];

export interface Opened {
  readonly editor: Editor; // read-only here
  readonly player: Player;
  readonly view: TextView;
}

type State =
  | { state: "loading" }
  | { state: "locked"; wrong: boolean }
  | { state: "open"; about: About; opened: Opened }
  | { state: "failed"; problem: Problem };

const RENEWED_AFTER_MS = 60_000; // a link to the sound that fails sooner is not too old

/** What a link shows, to whoever has it. */
export class Shared {
  #app: App;
  #token: string;
  #password: string | null = null;
  #now = $state.raw<State>({ state: "loading" });
  #openedAtMs = 0;

  constructor(app: App, token: string) {
    this.#app = app;
    this.#token = token;
  }

  get now(): State {
    return this.#now;
  }

  /** What requests for more of it need, too. */
  get headers(): Record<string, string> {
    if (this.#password === null) return {};
    return { "X-Share-Password": encodeURIComponent(this.#password) }; // a header has Latin-1 only
  }

  async open(password: string | null, signal: AbortSignal): Promise<void> {
    this.#password = password;
    try {
      const about = await this.#read(signal);
      this.#openedAtMs = Date.now();
      const opened = this.#opened(about);
      this.#now = { state: "open", about, opened };
      const words = this.#app.api.GET("/api/v1/shared/{token}/words", {
        params: { path: { token: this.#token }, header: this.headers },
        signal,
      });
      opened.editor.adoptWords(await answer(words));
    } catch (error) {
      if (isAbort(error)) return;
      if (!(error instanceof Problem)) throw error;
      this.#failed(error, password !== null);
    }
  }

  /** Links to the sound end after an hour: another one, where this one is old. */
  async renew(signal: AbortSignal): Promise<void> {
    const now = this.#now;
    if (now.state !== "open" || Date.now() - this.#openedAtMs < RENEWED_AFTER_MS) return;
    this.#openedAtMs = Date.now();
    try {
      this.#now = { ...now, about: await this.#read(signal) };
    } catch (error) {
      if (isAbort(error)) return;
      if (!(error instanceof Problem)) throw error; // the text stays, the player says that it fails
    }
  }

  async #read(signal: AbortSignal): Promise<About> {
    const params = { path: { token: this.#token }, header: this.headers };
    return answer(this.#app.api.GET("/api/v1/shared/{token}", { params, signal }));
  }

  #failed(problem: Problem, isTried: boolean): void {
    if (problem.code === "share_password") this.#now = { state: "locked", wrong: isTried };
    else if (this.#now.state !== "open") this.#now = { state: "failed", problem };
  }

  #opened(about: About): Opened {
    const editor = new Editor(transcriptOf(asRecording(about), null));
    const player = new Player(editor.transcript.durationMs, this.#app.preferences.now.speed);
    return { editor, player, view: new TextView(editor, player, { readOnly: true }) };
  }
}

/** Speakers are known by what they are called. */
function asRecording(about: About): Parameters<typeof transcriptOf>[0] {
  const names = [...new Set(about.segments.flatMap(({ speaker }) => speaker ?? []))];
  return {
    version: about.version,
    revision: about.revision,
    duration_ms: about.duration_ms,
    speakers: names.map((name) => ({ id: name, name, label: name })),
    segments: about.segments.map((segment) => ({
      ...segment,
      confidence: null,
      language: null,
      recognised_text: null,
      checked: false,
      revision: about.revision,
    })),
  };
}
