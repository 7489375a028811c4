/** Why a request did not do what it should: the service's problem+json, or a broken connection. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number; // 0: no answer came
  readonly code: string;
  readonly title: string; // says less than the detail, and is in more languages
  readonly language: string; // of the detail
  readonly requestId: string | null;
  readonly retryAfterS: number | null;
  readonly facts: Readonly<Record<string, unknown>>; // further members, parsed where they are used

  constructor(given: {
    status: number;
    code: string;
    detail: string;
    title?: string;
    language?: string | null;
    requestId?: string | null;
    retryAfterS?: number | null;
    facts?: Record<string, unknown>;
  }) {
    super(given.detail);
    this.status = given.status;
    this.code = given.code;
    this.title = given.title ?? "";
    this.language = given.language ?? "en";
    this.requestId = given.requestId ?? null;
    this.retryAfterS = given.retryAfterS ?? null;
    this.facts = given.facts ?? {};
  }

  get detail(): string {
    return this.message;
  }

  /** No answer: the connection or the service is away. */
  get isOffline(): boolean {
    return this.status === 0;
  }

  /** Whether the same request may succeed later by itself. */
  get isPassing(): boolean {
    return this.isOffline || [423, 425, 429, 502, 503, 504].includes(this.status);
  }

  /** A fact that is a number, as the credits of a 402. */
  number(name: string): number | null {
    const value = this.facts[name];
    return typeof value === "number" ? value : null;
  }
}

export function offline(): Problem {
  return new Problem({ status: 0, code: "offline", detail: "" });
}

export function problemOf(response: Response, body: unknown): Problem {
  const facts = isRecord(body) ? body : {};
  const { code, title, detail, request_id: requestId } = facts;
  return new Problem({
    status: response.status,
    code: typeof code === "string" ? code : `http_${response.status}`,
    title: typeof title === "string" ? title : "",
    detail: typeof detail === "string" ? detail : response.statusText,
    language: response.headers.get("content-language"),
    requestId: typeof requestId === "string" ? requestId : response.headers.get("x-request-id"),
    retryAfterS: secondsOf(response.headers.get("retry-after")),
    facts,
  });
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

function secondsOf(header: string | null): number | null {
  const seconds = Number(header ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}
