import { Problem, isAbort, isRecord, offline, problemOf } from "./problem.ts";
import { inPageLanguage } from "./speaking.ts";

const VERSION = "1.0.0"; // of the protocol, tus
const BODY_TYPE = "application/offset+octet-stream";

export interface ResumableListeners {
  readonly oncreated: (url: string) => void; // stored, to resume after the page was closed
  readonly onsent: (bytes: number) => void;
  readonly ondone: () => void;
  readonly onfailed: (problem: Problem) => void;
}

/**
 * Sends a file to the service, from the service's offset on: the client side of tus 1.0. It does
 * not retry. It uses XMLHttpRequest, because fetch does not report how much was sent.
 */
export class Resumable {
  readonly #file: File;
  readonly #listeners: ResumableListeners;
  #url: string | null;
  #request: XMLHttpRequest | null = null;

  constructor(file: File, url: string | null, listeners: ResumableListeners) {
    this.#file = file;
    this.#url = url;
    this.#listeners = listeners;
  }

  /** Sends the missing bytes, and reports to the listeners. */
  async start(): Promise<void> {
    this.stop();
    try {
      await this.#sendRest();
      this.#listeners.ondone();
    } catch (error) {
      if (error instanceof Problem) this.#listeners.onfailed(error);
      else if (!isAbort(error)) throw error;
    }
  }

  /** Stops sending without reporting a failure. */
  stop(): void {
    this.#request?.abort();
    this.#request = null;
  }

  /** Deletes the upload at the service, where it would expire anyway. */
  async remove(): Promise<void> {
    this.stop();
    try {
      if (this.#url) await this.#ask("DELETE", this.#url, {});
    } catch (error) {
      if (!(error instanceof Problem)) throw error; // the service deletes it later
    }
  }

  async #sendRest(): Promise<void> {
    const url = this.#url ?? (await this.#create());
    const head = await this.#ask("HEAD", url, {});
    const offset = Number(head.getResponseHeader("Upload-Offset"));
    if (offset === this.#file.size) return;
    await this.#ask(
      "PATCH",
      url,
      { "Content-Type": BODY_TYPE, "Upload-Offset": String(offset) },
      offset,
    );
  }

  async #create(): Promise<string> {
    const endpoint = new URL("api/v1/uploads", document.baseURI).href;
    const { name, size, type } = this.#file;
    const answer = await this.#ask("POST", endpoint, {
      "Upload-Length": String(size),
      "Upload-Metadata": metadataOf({ filename: name, filetype: type }),
    });
    this.#url = new URL(answer.getResponseHeader("Location") ?? "", endpoint).href;
    this.#listeners.oncreated(this.#url);
    return this.#url;
  }

  /** The response. Rejects with Problem, or with AbortError if stopped. */
  #ask(
    method: string,
    url: string,
    headers: Readonly<Record<string, string>>,
    offset?: number,
  ): Promise<XMLHttpRequest> {
    const request = new XMLHttpRequest();
    this.#request = request;
    request.open(method, url);
    const all = { "Tus-Resumable": VERSION, ...inPageLanguage(), ...headers };
    for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value);
    if (offset !== undefined) {
      request.upload.onprogress = ({ loaded }) => this.#listeners.onsent(offset + loaded);
    }
    return new Promise((done, fail) => {
      request.onload = () => {
        const problem = problemIn(request);
        if (problem) fail(problem);
        else done(request);
      };
      request.onerror = () => fail(offline());
      request.onabort = () => fail(new DOMException("stopped", "AbortError"));
      request.send(offset === undefined ? null : this.#file.slice(offset));
    });
  }
}

/** An `Upload-Metadata` header: each value in base 64 of its UTF-8. */
export function metadataOf(values: Readonly<Record<string, string>>): string {
  const encode = (text: string) => btoa(String.fromCodePoint(...new TextEncoder().encode(text)));
  return Object.entries(values)
    .map(([name, value]) => `${name} ${encode(value)}`)
    .join(",");
}

function problemIn(request: XMLHttpRequest): Problem | null {
  const { status } = request;
  if (status >= 200 && status < 300) return null;
  const headers = new Headers();
  for (const name of ["retry-after", "x-request-id", "content-language"]) {
    const value = request.getResponseHeader(name);
    if (value) headers.set(name, value);
  }
  return problemOf(new Response(null, { status, headers }), bodyOf(request));
}

function bodyOf(request: XMLHttpRequest): Record<string, unknown> | null {
  try {
    const body: unknown = JSON.parse(request.responseText);
    return isRecord(body) ? body : null;
  } catch (failure) {
    if (failure instanceof SyntaxError) return null; // from a proxy in between
    throw failure;
  }
}
