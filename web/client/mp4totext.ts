/**
 * A client of the service for TypeScript and JavaScript: browsers, Node.js, Deno, Bun.
 *
 * Every route is typed by the snapshot of the interface: `npm run types` writes `schema.d.ts` from
 * docs/openapi.json. Copy this file and that one, and install `openapi-fetch`: docs/clients.md.
 */

import createClient, { type Client } from "openapi-fetch";

import type { components, paths } from "../src/api/schema.d.ts";

export type Schemas = components["schemas"];
export type Api = Client<paths>;

const CHUNK_BYTES = 4 << 20;
const ATTEMPTS = 8; // in a row, of what got no answer
const TUS = { "Tus-Resumable": "1.0.0" };

/** What happened to a job; the fields beside these are those of docs/api.md. */
export type JobEvent = { seq: number; type: string; job_id: string; [field: string]: unknown };

/** The service refused; `code` is stable, `message` says what to do. */
export class ServiceError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, problem: { code?: string; detail?: string } | undefined) {
    super(problem?.detail ?? `HTTP ${status}`);
    this.status = status;
    this.code = problem?.code ?? "error";
  }
}

export class Mp4ToText {
  /** Every route: `client.api.GET("/api/v1/jobs/{job_id}", { params: { path: { job_id } } })`. */
  readonly api: Api;
  readonly #url: string;
  readonly #headers: Record<string, string>;

  constructor(url: string, key: string) {
    this.#url = url.replace(/\/$/, "");
    this.#headers = { "X-API-Key": key };
    this.api = createClient<paths>({ baseUrl: this.#url, headers: this.#headers });
  }

  /** Sends a file, and goes on where a connection broke; `uploadId` goes on with an earlier one. */
  async upload(file: Blob, name: string, uploadId?: string): Promise<string> {
    let id = uploadId ?? (await this.#begin(file, name));
    let offset = uploadId === undefined ? 0 : await this.#offset(id);
    for (let failures = 0; offset < file.size;) {
      try {
        offset = await this.#append(id, offset, file.slice(offset, offset + CHUNK_BYTES));
        failures = 0;
      } catch (error) {
        if (error instanceof ServiceError && ![409, 429, 503].includes(error.status)) throw error;
        if (++failures >= ATTEMPTS) throw error;
        await pause(failures);
        offset = await this.#offset(id).catch(() => offset);
      }
    }
    return id;
  }

  /** Uploads and transcribes; the answer's `task_id` is the job. */
  async submit(
    file: Blob,
    name: string,
    options: Partial<Schemas["TranscriptionOptions"]> = {},
  ): Promise<Schemas["TranscriptionAccepted"]> {
    const body = { upload_id: await this.upload(file, name), title: name, options };
    return data(
      this.api.POST("/api/v1/transcriptions/from-upload", {
        body: body as Schemas["FromUploadRequest"],
        params: { header: { "Idempotency-Key": crypto.randomUUID() } },
      }),
    );
  }

  /** Events of a job until it has ended; a lost connection is opened again. */
  async *events(jobId: string): AsyncGenerator<JobEvent> {
    let seq = 0;
    for (let failures = 0; ;) {
      try {
        const headers = { ...this.#headers, "Last-Event-ID": String(seq) };
        const answer = await this.#fetch(`/api/v1/jobs/${jobId}/events`, { headers });
        if (answer.status === 204) return;
        for await (const event of eventsOf(answer)) {
          failures = 0;
          seq = event.seq;
          yield event;
          if (event.type === "job_complete" || event.type === "error") return;
        }
      } catch (error) {
        if (error instanceof ServiceError || ++failures >= ATTEMPTS) throw error;
      }
      await pause(failures);
    }
  }

  /** A transcript as a file: `export(id, "srt")`. */
  async export(transcriptionId: string, format: string): Promise<Blob> {
    const path = `/api/v1/transcriptions/${transcriptionId}/export?format=${format}`;
    return (await this.#fetch(path, { headers: this.#headers })).blob();
  }

  async #begin(file: Blob, name: string): Promise<string> {
    const encoded = btoa(String.fromCharCode(...new TextEncoder().encode(name)));
    const headers = { ...this.#headers, ...TUS, "Upload-Length": String(file.size) };
    const answer = await this.#fetch("/api/v1/uploads", {
      method: "POST",
      headers: { ...headers, "Upload-Metadata": `filename ${encoded}` },
    });
    return answer.headers.get("location")?.split("/").at(-1) ?? "";
  }

  async #append(id: string, offset: number, chunk: Blob): Promise<number> {
    const headers = {
      ...this.#headers,
      ...TUS,
      "Upload-Offset": String(offset),
      "Content-Type": "application/offset+octet-stream",
    };
    const path = `/api/v1/uploads/${id}`;
    const answer = await this.#fetch(path, { method: "PATCH", headers, body: chunk });
    return Number(answer.headers.get("upload-offset"));
  }

  async #offset(id: string): Promise<number> {
    const headers = { ...this.#headers, ...TUS };
    const answer = await this.#fetch(`/api/v1/uploads/${id}`, { method: "HEAD", headers });
    return Number(answer.headers.get("upload-offset"));
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const answer = await fetch(this.#url + path, init);
    if (!answer.ok) {
      throw new ServiceError(answer.status, await answer.json().catch(() => undefined));
    }
    return answer;
  }
}

/** The data of an answer of `client.api`. Throws ServiceError. */
export async function data<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data: found, error, response } = await call;
  if (!response.ok) throw new ServiceError(response.status, error as { detail?: string });
  return found as T;
}

async function* eventsOf(answer: Response): AsyncGenerator<JobEvent> {
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (!line.startsWith("data: ")) continue;
        const event = JSON.parse(line.slice("data: ".length)) as Partial<JobEvent>;
        if (event.seq !== undefined) yield event as JobEvent;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function pause(failures: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.min(30_000, 500 * 2 ** failures)));
}
