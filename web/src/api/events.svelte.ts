import { isRecord } from "./problem.ts";

/** The service's events about the user's recordings, jobs and credits, each with a number. */
export interface ServiceEvent {
  readonly type: string;
  readonly seq: number;
  readonly jobId: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

type Listener = (event: ServiceEvent) => void;

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const SILENT_MS = 40_000; // the service says something every 15 seconds
const LATE_MS = 20_000; // what may be a cut connection when the machine has slept
const AWAY_AFTER_MS = 3_000; // a moment without a connection is nothing to tell

/**
 * The event stream over one WebSocket. Events are hints and may be lost: after a gap that cannot
 * be replayed, listeners of `resync` read everything again.
 */
export class Events {
  #isAway = $state(false);
  #awayTimer: ReturnType<typeof setTimeout> | undefined;
  #newsAtMs = 0;
  #listeners = new Map<string, Set<Listener>>();
  #socket: WebSocket | null = null;
  #seq: number | null = null;
  #pauseMs = FIRST_PAUSE_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wanted = false;

  /** The service has not been reached for a while. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /** Returns what ends the subscription. */
  on(type: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  start(): void {
    this.#wanted = true;
    if (!this.#socket) this.#open();
    addEventListener("online", this.#returned);
    addEventListener("offline", this.#reconnect);
    document.addEventListener("visibilitychange", this.#returned);
  }

  stop(): void {
    this.#wanted = false;
    this.#seq = null;
    clearTimeout(this.#timer);
    this.#socket?.close();
    this.#socket = null;
    this.#isHere();
    removeEventListener("online", this.#returned);
    removeEventListener("offline", this.#reconnect);
    document.removeEventListener("visibilitychange", this.#returned);
  }

  /** The network or the page is back, perhaps after hours: reconnect at once. */
  #returned = (): void => {
    if (document.visibilityState !== "visible") return;
    if (this.#socket && Date.now() - this.#newsAtMs < LATE_MS) return;
    this.#reconnect();
  };

  /** Without a network the socket stays open and silent; a service on this machine still answers. */
  #reconnect = (): void => {
    const before = this.#socket;
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#open();
    before?.close();
  };

  #isHere(): void {
    clearTimeout(this.#awayTimer);
    this.#awayTimer = undefined;
    this.#isAway = false;
  }

  #open(): void {
    clearTimeout(this.#timer);
    const url = new URL("api/v1/ws", document.baseURI);
    url.protocol = url.protocol.replace("http", "ws");
    if (this.#seq !== null) url.searchParams.set("since", String(this.#seq));
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#isHere();
      this.#expectNews();
      if (this.#seq === null) this.#tell({ type: "resync", seq: 0, jobId: null, body: {} });
    };
    socket.onmessage = (message) => {
      this.#expectNews();
      const event = parsed(message.data);
      if (!event) return;
      // Not when it opens: one connection too many is opened, gets an error, and is closed.
      if (event.type !== "error") this.#pauseMs = FIRST_PAUSE_MS;
      if (event.seq > 0) this.#seq = event.seq;
      this.#tell(event);
    };
    socket.onclose = () => {
      if (this.#socket === socket) this.#closed();
    };
  }

  #closed(): void {
    this.#socket = null;
    if (!this.#wanted) return;
    this.#awayTimer ??= setTimeout(() => (this.#isAway = true), AWAY_AFTER_MS);
    this.#timer = setTimeout(() => this.#open(), this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }

  /** A connection that was cut in between says nothing, not even that it is closed. */
  #expectNews(): void {
    clearTimeout(this.#timer);
    this.#newsAtMs = Date.now();
    this.#timer = setTimeout(() => {
      this.#socket?.close();
      this.#closed();
    }, SILENT_MS);
  }

  #tell(event: ServiceEvent): void {
    for (const listener of this.#listeners.get(event.type) ?? []) listener(event);
  }
}

function parsed(data: unknown): ServiceEvent | null {
  const value: unknown = typeof data === "string" ? JSON.parse(data) : null;
  if (!isRecord(value) || typeof value["type"] !== "string") return null;
  const { type, seq, job_id: jobId } = value;
  return {
    type,
    seq: typeof seq === "number" ? seq : 0,
    jobId: typeof jobId === "string" ? jobId : null,
    body: value,
  };
}
