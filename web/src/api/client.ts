import createClient, { type Client } from "openapi-fetch";

import { isAbort, offline, problemOf } from "./problem.ts";
import type { components, paths } from "./schema.d.ts";
import type { Session } from "./session.svelte.ts";

export type Schemas = components["schemas"];
export type Api = Client<paths>;

const PATIENCE_MS = 60_000; // no JSON answer takes longer

/** The one way to the service; every answer that is none becomes a Problem. */
export function createApi(session: Session): Api {
  const api = createClient<paths>({
    baseUrl: new URL(".", document.baseURI).href.replace(/\/$/, ""),
    fetch: patiently,
  });
  api.use({
    onRequest({ request }) {
      request.headers.set("Accept-Language", document.documentElement.lang);
    },
    onResponse({ response }) {
      if (response.status === 401) session.refused();
    },
  });
  return api;
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
