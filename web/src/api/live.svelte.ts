import { Problem, isRecord, offline } from "./problem.ts";
import { Unsent } from "./unsent.ts";

export interface Utterance {
  readonly startMs: number;
  readonly text: string;
}

export type LiveState =
  | { state: "idle" }
  | { state: "connecting" }
  | { state: "listening" }
  | { state: "cut"; retryAtMs: number } // audio is buffered until then
  | { state: "ending" }
  | { state: "ended"; recording: string; message: string | null }
  | { state: "refused"; problem: Problem };

const FORMAT = "webm_opus";
const MEDIA_TYPE = "audio/webm;codecs=opus";
const PIECE_MS = 200;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;
const REFUSED_FROM = 4000; // close codes of the service: this and an HTTP status

/** A live session: audio to the service, words from it. */
export class LiveSession {
  #now = $state.raw<LiveState>({ state: "idle" });
  #utterances = $state.raw<readonly Utterance[]>([]);
  #partial = $state("");
  #unsent = new Unsent();
  #socket: WebSocket | null = null;
  #recorder: MediaRecorder | null = null;
  #stream: MediaStream | null = null;
  #recording: string | null = null;
  #seq = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #message: string | null = null;
  #title = "";

  get now(): LiveState {
    return this.#now;
  }

  get utterances(): readonly Utterance[] {
    return this.#utterances;
  }

  /** The latest words, which may still change. */
  get partial(): string {
    return this.#partial;
  }

  get isGoing(): boolean {
    return ["connecting", "listening", "cut", "ending"].includes(this.#now.state);
  }

  /** How much audio waits to be sent. */
  get waitingBytes(): number {
    return this.#unsent.waiting;
  }

  start(stream: MediaStream, title: string): void {
    this.#stream = stream;
    this.#title = title;
    this.#utterances = [];
    this.#unsent = new Unsent();
    this.#recording = null;
    this.#seq = 0;
    for (const track of stream.getAudioTracks()) track.onended = () => this.stop();
    this.#open();
  }

  /** Ends the recording; audio that was sent is still transcribed. */
  stop(): void {
    if (!this.isGoing || this.#now.state === "ending") return;
    const isCut = this.#now.state === "cut";
    if (!isCut) this.#now = { state: "ending" };
    const recorder = this.#recorder;
    if (recorder && recorder.state !== "inactive") recorder.stop();
    else this.#release();
  }

  /** Closes the session without showing its result. */
  dispose(): void {
    clearTimeout(this.#timer);
    this.#now = { state: "idle" };
    this.#release();
    this.#socket?.close();
  }

  #open(): void {
    clearTimeout(this.#timer);
    if (this.#now.state !== "ending") this.#now = { state: "connecting" };
    const url = new URL("api/v1/live", document.baseURI);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify(this.#firstMessage()));
    socket.onmessage = (message) => this.#received(message.data);
    socket.onclose = (event) => {
      if (this.#socket === socket) this.#closed(event.code);
    };
  }

  #firstMessage(): Record<string, unknown> {
    if (this.#recording === null) {
      return { type: "start", format: FORMAT, language: "en", title: this.#title };
    }
    const sent = this.#unsent.received;
    return { type: "resume", session: this.#recording, since: this.#seq, sent_bytes: sent };
  }

  #received(data: unknown): void {
    const message: unknown = typeof data === "string" ? JSON.parse(data) : null;
    if (!isRecord(message)) return;
    const { type, seq, bytes, text, start_ms: startMs, message: sentence } = message;
    if (typeof seq === "number") this.#seq = Math.max(this.#seq, seq);
    if (type === "session") this.#begun(message);
    else if (type === "received" && typeof bytes === "number") this.#unsent.arrived(bytes);
    else if (type === "live_partial" && typeof text === "string") this.#partial = text;
    else if (type === "live_final" && typeof text === "string" && typeof startMs === "number") {
      this.#partial = "";
      if (text) this.#utterances = [...this.#utterances, { startMs, text }];
    } else if (type === "live_end" || type === "error") {
      this.#message = typeof sentence === "string" ? sentence : null;
      if (type === "live_end") this.#finish();
    } else if (type === "job_complete") this.#ended();
  }

  #begun(message: Record<string, unknown>): void {
    const { session, received_bytes: received } = message;
    if (typeof session !== "string") return;
    this.#recording = session;
    this.#pauseMs = FIRST_PAUSE_MS;
    if (typeof received === "number") this.#unsent.goOnFrom(received);
    if (this.#now.state !== "ending") this.#now = { state: "listening" };
    if (this.#recorder) this.#flush();
    else this.#record();
  }

  #record(): void {
    if (!this.#stream) return;
    const sound = new MediaStream(this.#stream.getAudioTracks());
    const recorder = new MediaRecorder(sound, { mimeType: MEDIA_TYPE });
    this.#recorder = recorder;
    let order = Promise.resolve(); // pieces are read one after another
    recorder.ondataavailable = ({ data }) => {
      order = order.then(async () => {
        this.#unsent.add(new Uint8Array(await data.arrayBuffer()));
        this.#flush();
      });
    };
    recorder.onstop = () => {
      void order.then(() => {
        this.#release();
        this.#unsent.end();
        this.#flush();
      });
    };
    recorder.start(PIECE_MS);
  }

  #flush(): void {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN || this.#recording === null) return;
    for (const piece of this.#unsent.next()) socket.send(piece);
    if (this.#unsent.isEnded) {
      this.#now = { state: "ending" };
      socket.send(JSON.stringify({ type: "end" }));
    }
  }

  #closed(code: number): void {
    this.#socket = null;
    if (this.#now.state === "ended" || this.#now.state === "idle") return;
    if (code === 1000) {
      this.#ended();
      return;
    }
    if (code >= REFUSED_FROM) {
      this.#refused(code - REFUSED_FROM);
      return;
    }
    if (this.#recording === null) {
      this.#finish();
      this.#now = { state: "refused", problem: offline() };
      return;
    }
    this.#now = { state: "cut", retryAtMs: Date.now() + this.#pauseMs };
    this.#timer = setTimeout(() => this.#open(), this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }

  #refused(status: number): void {
    this.#finish();
    const detail = this.#message ?? "";
    this.#now = { state: "refused", problem: new Problem({ status, code: "live", detail }) };
  }

  #ended(): void {
    this.#finish();
    const recording = this.#recording ?? "";
    this.#now = { state: "ended", recording, message: this.#message };
  }

  /** Stops the microphone. */
  #finish(): void {
    if (this.#recorder && this.#recorder.state !== "inactive") {
      this.#recorder.onstop = null;
      this.#recorder.stop();
    }
    this.#release();
  }

  #release(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#recorder = null;
  }
}
