import { type Schemas, answer, idempotencyKey } from "../../api/client.ts";
import { Problem } from "../../api/problem.ts";
import { Resource } from "../../api/resource.svelte.ts";
import type { App } from "../../app.ts";
import { type Scene, type SceneChanges, looksOf, undrawn } from "./scenes.ts";

export type PlanOut = Schemas["PlanOut"];

interface Changes {
  readonly scenes?: SceneChanges;
  readonly captions?: Readonly<Record<string, unknown>>;
  readonly look?: Readonly<Record<string, unknown>>;
}

const PATH = "/api/v1/videos/{video_id}/plan";

/** A storyboard that is changed step by step; changes are sent in the order they were made. */
export class Plan {
  readonly read: Resource<PlanOut>;
  #app: App;
  #id: string;
  #recording: string;
  #sent: Promise<unknown> = Promise.resolve();
  #brandChanges = $state(0); // previews are redrawn after each

  constructor(app: App, given: { id: string; recording: string }) {
    this.#app = app;
    this.#id = given.id;
    this.#recording = given.recording;
    const path = { video_id: this.#id };
    this.read = new Resource((signal) => answer(app.api.GET(PATH, { params: { path }, signal })));
  }

  /** Reads it again when a picture or the video is there; returns a function that ends it. */
  follow(): () => void {
    const { events } = this.#app;
    const ended = (event: { body: Readonly<Record<string, unknown>> }) => {
      if (event.body["subject_id"] === this.#recording) void this.read.load();
    };
    const endings = [
      events.on("job_complete", ended),
      events.on("error", ended),
      events.on("resync", () => void this.read.load()),
    ];
    return () => {
      for (const end of endings) end();
      this.read.stop();
    };
  }

  /** Throws Problem. After a conflict the change is applied to the newer revision. */
  change(changes: Changes): Promise<void> {
    const change = this.#sent.then(async () => {
      try {
        await this.#send(changes);
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== "storyboard_changed") throw error;
        await this.read.load();
        await this.#send(changes);
      }
    });
    this.#sent = change.catch(() => undefined); // its caller handles the error
    return change;
  }

  /** Throws Problem. */
  async draw(
    scene: Scene,
    given: { prompt: string; provider: string; model: string | null },
  ): Promise<void> {
    await this.#sent;
    const params = { path: { video_id: this.#id, scene_id: scene.id } };
    for (let tries = 1; this.read.value; tries += 1) {
      const headers = { "Idempotency-Key": idempotencyKey() };
      const body = { ...DRAWN, ...given, revision: this.read.value.revision };
      const path = "/api/v1/videos/{video_id}/scenes/{scene_id}/picture";
      try {
        await answer(this.#app.api.POST(path, { params, headers, body }));
        break;
      } catch (error) {
        // A picture that has arrived in the meantime changed the storyboard, too.
        const isChanged = error instanceof Problem && error.code === "storyboard_changed";
        if (!isChanged || tries === TRIES) throw error;
        await this.read.load();
      }
    }
    await this.read.load();
  }

  /**
   * A picture for each scene that has none, of what is said in it; one after the other, as each
   * changes the storyboard. Tells how many are still to be ordered. Throws Problem: those before
   * it are being drawn.
   */
  async drawAll(
    given: { provider: string; model: string | null },
    onorder: (left: number) => void,
  ): Promise<void> {
    await this.#sent;
    const scenes = this.read.value ? undrawn(this.read.value.storyboard) : [];
    try {
      for (const [at, scene] of scenes.entries()) {
        onorder(scenes.length - at);
        await this.draw(scene, { ...given, prompt: "" });
      }
    } finally {
      onorder(0);
    }
  }

  /** What a picture of a scene shows, from what is said in it. Throws Problem. */
  async describe(scene: Scene): Promise<string> {
    const path = { video_id: this.#id, scene_id: scene.id };
    const call = this.#app.api.GET("/api/v1/videos/{video_id}/scenes/{scene_id}/prompt", {
      params: { path },
    });
    return (await answer(call)).prompt;
  }

  /** Throws Problem. */
  async render(): Promise<void> {
    await this.#sent;
    const plan = this.read.value;
    if (!plan) return;
    const headers = { "Idempotency-Key": idempotencyKey() };
    const params = { path: { video_id: this.#id } };
    const body = { revision: plan.revision, priority: "default" as const };
    await answer(this.#app.api.POST("/api/v1/videos/{video_id}/render", { params, headers, body }));
    await this.read.load();
  }

  brandChanged(): void {
    this.#brandChanges += 1;
  }

  /** The address of a scene as the video will show it. */
  previewOf(plan: PlanOut, scene: Scene): string {
    const query = new URLSearchParams({
      scene: scene.id,
      state: `${looksOf(plan.storyboard, scene)}-${this.#brandChanges}`,
    });
    return `api/v1/videos/${this.#id}/plan/preview?${query}`;
  }

  async #send(storyboard: Changes): Promise<void> {
    const plan = this.read.value;
    if (!plan) return;
    const params = { path: { video_id: this.#id } };
    const body = { revision: plan.revision, storyboard: storyboard as never }; // any JSON
    this.read.set(await answer(this.#app.api.PATCH(PATH, { params, body })));
  }
}

const TRIES = 5;
const DRAWN = {
  style: "cinematic",
  negative: "",
  seed: null,
  palette: null,
  priority: "default" as const,
};
