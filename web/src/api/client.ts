import type { Client } from "openapi-fetch";

import { isAbort, offline, problemOf } from "./problem.ts";
import type { components, paths } from "./schema.d.ts";
import type { Session } from "./session.svelte.ts";

export type Schemas = components["schemas"];
/** Calls by the types of the service's document; openapi-fetch describes them, and none of it runs. */
export type Api = Pick<Client<paths>, "GET" | "POST" | "PUT" | "PATCH" | "DELETE">;

const PATIENCE_MS = 60_000; // no JSON answer takes longer

type Value = string | number | boolean;
type Values = Readonly<Record<string, Value | readonly Value[] | null | undefined>>;

/** What a call says besides its path. */
export interface Call extends Omit<RequestInit, "method" | "body" | "headers"> {
  readonly params?: { readonly path?: Values; readonly query?: Values; readonly header?: Values };
  readonly headers?: Values;
  readonly body?: unknown;
  readonly bodySerializer?: (body: unknown) => BodyInit; // for what is no JSON
  readonly parseAs?: "json" | "arrayBuffer";
}

/** The one way to the service; every answer that is none becomes a Problem. */
export function createApi(session: Session): Api {
  const verb =
    (method: string) =>
    async (path: string, call: Call = {}) => {
      const base = new URL(".", document.baseURI).href;
      const request = requestOf(method, base + addressOf(path, call.params).slice(1), call);
      request.headers.set("Accept-Language", document.documentElement.lang);
      const response = await patiently(request);
      if (response.status === 401) session.refused();
      if (!response.ok) return { response, error: await errorIn(response) };
      return { response, data: await dataIn(response, call.parseAs) };
    };
  const verbs = ["GET", "POST", "PUT", "PATCH", "DELETE"].map((each) => [each, verb(each)]);
  return Object.fromEntries(verbs) as Api; // its paths and bodies are checked where it is called
}

/** A path of the document with its values, and the query after it; a list repeats its name. */
export function addressOf(path: string, { path: names = {}, query = {} }: Call["params"] = {}) {
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      [value ?? []].flat().map((each) => [name, String(each)]),
    ),
  ).toString();
  const address = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(names[name])),
  );
  return search ? `${address}?${search}` : address;
}

function requestOf(method: string, address: string, call: Call): Request {
  const { params, headers, body, bodySerializer, parseAs: _, ...rest } = call;
  const sent = body === undefined ? null : (bodySerializer ?? JSON.stringify)(body);
  const request = new Request(address, { ...rest, method, body: sent });
  if (typeof sent === "string") request.headers.set("Content-Type", "application/json");
  for (const [name, value] of Object.entries({ ...headers, ...params?.header })) {
    if (value != null) request.headers.set(name, String(value));
  }
  return request;
}

async function dataIn(response: Response, as: Call["parseAs"]): Promise<unknown> {
  if (as === "arrayBuffer") return response.arrayBuffer();
  const text = await response.text();
  return text ? JSON.parse(text) : undefined;
}

async function errorIn(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return text; // of a proxy, which does not write JSON
  }
}

/** The data of an answer. Throws Problem, or the AbortError of who left. */
export async function answer<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw problemOf(response, error);
  return data as T; // what the schema says of a 2xx; nothing where it has no body
}

/** For what creates or costs something: the same key makes a repeated request take effect once. */
export function idempotencyKey(): string {
  return crypto.randomUUID();
}

async function patiently(request: Request): Promise<Response> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(PATIENCE_MS)]);
  try {
    return await fetch(request, { signal });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw offline();
  }
}
