import { type Schemas, answer } from "../../api/client.ts";
import type { Draft } from "../../api/drafts.ts";
import type { ServiceEvent } from "../../api/events.svelte.ts";
import { Problem, isRecord } from "../../api/problem.ts";
import { Resource } from "../../api/resource.svelte.ts";
import type { App } from "../../app.ts";
import { Player } from "../../player/player.svelte.ts";
import type { Change } from "../../transcript/changes.ts";
import { Editor } from "../../transcript/editor.svelte.ts";
import { Saver } from "../../transcript/saver.svelte.ts";
import { TextView } from "../../transcript/view.svelte.ts";
import { transcriptOf } from "../../transcript/wire.ts";
import { Media } from "./media.svelte.ts";

export type About = Schemas["TranscriptionOut"];

/** A transcript with all that is done with it; it lives as long as its page is shown. */
export interface Opened {
  readonly editor: Editor;
  readonly saver: Saver;
  readonly player: Player;
  readonly view: TextView;
  readonly media: Media;
}

export interface Loaded {
  readonly about: About;
  readonly opened: Opened | null; // null: there are no words yet
}

export interface Progress {
  readonly isTranscribing: boolean; // then done and total are positions in the recording
  readonly done: number;
  readonly total: number;
  readonly etaMs: number | null;
}

/** The recognised text of a part of the recording, while its job runs. */
export interface PartialText {
  readonly startMs: number;
  readonly lines: readonly string[];
}

const PATH = "/api/v1/transcriptions/{transcription_id}";
const OF_TRANSCRIPTS: ReadonlySet<string> = new Set(["transcribe", "diarize", "import", "live"]);

/** One recording: what is known of it, and its transcript once there is one. */
export class Recording {
  readonly id: string;
  readonly loaded: Resource<Loaded>;
  #app: App;
  #version: number | null;
  #progress = $state.raw<Progress | null>(null);
  #heard = $state.raw<readonly PartialText[]>([]);
  #isDeleted = $state(false);
  #newer = $state(false);
  #onlost: (problem: Problem) => void;

  constructor(
    app: App,
    given: { id: string; version: number | null; onlost: (problem: Problem) => void },
  ) {
    this.#app = app;
    this.id = given.id;
    this.#version = given.version;
    this.#onlost = given.onlost;
    this.loaded = new Resource((signal) => this.#read(signal));
  }

  get about(): About | null {
    return this.loaded.value?.about ?? null;
  }

  get opened(): Opened | null {
    return this.loaded.value?.opened ?? null;
  }

  get progress(): Progress | null {
    return this.#progress;
  }

  /** In the order of the recording; what was heard before this page was opened is not in it. */
  get heard(): readonly PartialText[] {
    return this.#heard;
  }

  /** It was deleted elsewhere; what is on the page can still be read and copied. */
  get isDeleted(): boolean {
    return this.#isDeleted;
  }

  /** A later run has ended while this one was open. */
  get hasNewer(): boolean {
    return this.#newer;
  }

  /** Returns a function that ends it. */
  follow(): () => void {
    const { events } = this.#app;
    const of = (listener: (event: ServiceEvent) => void) => (event: ServiceEvent) => {
      const { subject_id: subject, transcription_id: id } = event.body;
      if ((subject ?? id) === this.id) listener(event);
    };
    const endings = [
      events.on("resync", () => void this.#caughtUp()),
      events.on(
        "transcript_changed",
        of((event) => this.#changed(event)),
      ),
      events.on(
        "progress",
        of((event) => this.#progressed(event)),
      ),
      events.on(
        "heard",
        of(({ body }) => this.#addPartialText(body)),
      ),
      events.on(
        "job_complete",
        of((event) => this.#ended(event)),
      ),
      events.on(
        "error",
        of((event) => this.#ended(event)),
      ),
      events.on(
        "recording_deleted",
        of(() => (this.#isDeleted = true)),
      ),
    ];
    return () => {
      for (const end of endings) end();
      this.loaded.stop();
      this.opened?.saver.stop();
    };
  }

  /** Throws Problem. */
  async retry(): Promise<void> {
    const { job_id: jobId } = this.about ?? {};
    if (!jobId) return;
    const params = { path: { job_id: jobId } };
    await answer(this.#app.api.POST("/api/v1/jobs/{job_id}/retry", { params }));
    await this.loaded.load();
  }

  /** Throws Problem. */
  async rename(title: string): Promise<void> {
    const params = { path: { transcription_id: this.id } };
    await answer(this.#app.api.PATCH(PATH, { params, body: { title } }));
    const { value } = this.loaded;
    if (value) this.loaded.set({ ...value, about: { ...value.about, title } });
  }

  async #read(signal: AbortSignal): Promise<Loaded> {
    const { api, preferences } = this.#app;
    const path = { transcription_id: this.id };
    const query = this.#version === null ? {} : { version: this.#version };
    const about = await answer(api.GET(PATH, { params: { path, query }, signal }));
    this.#newer = false;
    if (about.version === null) return { about, opened: null };
    const transcript = transcriptOf(about, null);
    const editor = new Editor(transcript, await this.#unsentChanges(transcript.version));
    const player = new Player(transcript.durationMs, preferences.now.speed);
    const view = new TextView(editor, player);
    const saver = new Saver({
      api,
      drafts: this.#app.drafts,
      recording: this.id,
      editor,
      onlost: this.#onlost,
    });
    const media = new Media(api, about);
    void this.#readWords(editor, signal);
    void media.load(signal);
    return { about, opened: { editor, player, view, saver, media } };
  }

  /** The words are loaded after the text, which can be read before. */
  async #readWords(editor: Editor, signal: AbortSignal): Promise<void> {
    const params = { path: { transcription_id: this.id }, query: { version: editor.version } };
    const words = new Resource((stop) =>
      answer(this.#app.api.GET(`${PATH}/words`, { params, signal: stop })),
    );
    signal.addEventListener("abort", () => words.stop());
    await words.load();
    if (words.value) editor.adoptWords(words.value);
  }

  /** Changes that a closed tab could not send. */
  async #unsentChanges(version: number): Promise<Change[]> {
    const { drafts } = this.#app;
    try {
      const stored = await drafts.left<unknown>(this.id);
      const own = stored.filter((draft) => isOf(draft, version));
      const changes = own.flatMap((draft) => changesIn(draft.value));
      if (changes.length) await drafts.put(this.id, { version, changes }, own);
      return changes;
    } catch (error) {
      if (error instanceof DOMException) return []; // the browser refuses storage
      throw error;
    }
  }

  async #caughtUp(): Promise<void> {
    if (this.opened) await this.opened.saver.catchUp();
    else await this.loaded.load();
  }

  async #appeared(): Promise<void> {
    await this.loaded.load();
    const { texts, toasts } = this.#app;
    if (this.opened && this.about) toasts.say(texts.t.library.said.ready(this.about.title));
  }

  #changed(event: ServiceEvent): void {
    const { revision, version } = event.body;
    const editor = this.opened?.editor;
    if (!editor || version !== editor.version || typeof revision !== "number") return;
    if (revision > editor.revision) this.opened?.saver.catchUpSoon(revision);
  }

  #progressed(event: ServiceEvent): void {
    const { stage, done, total, eta_ms: etaMs } = event.body;
    if (typeof done !== "number" || typeof total !== "number") return;
    const isTranscribing = stage === "transcribe";
    this.#progress = {
      isTranscribing,
      done,
      total,
      etaMs: typeof etaMs === "number" ? etaMs : null,
    };
  }

  #addPartialText({ start_ms: startMs, lines }: ServiceEvent["body"]): void {
    if (typeof startMs !== "number" || !Array.isArray(lines)) return;
    const others = this.#heard.filter((each) => each.startMs !== startMs);
    const all = [...others, { startMs, lines: lines.map(String) }];
    this.#heard = all.sort((a, b) => a.startMs - b.startMs);
  }

  #ended(event: ServiceEvent): void {
    const operation = event.body["operation"];
    if (operation === "renditions") {
      void this.opened?.media.load();
      return;
    }
    if (typeof operation === "string" && !OF_TRANSCRIPTS.has(operation)) return;
    this.#progress = null;
    this.#heard = [];
    if (!this.opened) void this.#appeared();
    else if (event.type === "job_complete") this.#newer = true;
  }
}

interface Stored {
  readonly version: number;
  readonly changes: Change[];
}

function isOf(draft: Draft<unknown>, version: number): boolean {
  return isRecord(draft.value) && draft.value["version"] === version;
}

/** The page wrote them itself, as Saver keeps them. */
function changesIn(value: unknown): Change[] {
  const changes = isRecord(value) ? value["changes"] : null;
  return Array.isArray(changes) ? (changes as Stored["changes"]) : [];
}
