import { offline, problemOf } from "./problem.ts";
import type { Session } from "./session.svelte.ts";
import { inPageLanguage } from "./speaking.ts";

const REVOKED_AFTER_MS = 60_000;

/** A file of the service as bytes. Throws Problem, or the AbortError of who left. */
export async function fileOf(
  session: Session,
  address: string,
  signal: AbortSignal | null = null,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ content: Blob; name: string | null }> {
  const url = new URL(address, document.baseURI);
  const response = await fetch(url, { signal, headers: { ...inPageLanguage(), ...headers } }).catch(
    (error: unknown) => {
      if (error instanceof TypeError) throw offline();
      throw error;
    },
  );
  if (response.status === 401) session.refused();
  if (!response.ok) throw problemOf(response, await response.json().catch(() => null));
  const name = nameIn(response.headers.get("content-disposition"));
  return { content: await response.blob(), name };
}

/** Lets the browser save what is here already. */
export function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), REVOKED_AFTER_MS);
}

/** The file name of a Content-Disposition, in its UTF-8 form where it has one. */
export function nameIn(header: string | null): string | null {
  if (header === null) return null;
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(header)?.[1];
  if (encoded) return decodeURIComponent(encoded);
  return /filename="((?:[^"\\]|\\.)*)"/.exec(header)?.[1]?.replace(/\\(.)/g, "$1") ?? null;
}
