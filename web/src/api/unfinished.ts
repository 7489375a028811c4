import { isRecord } from "./problem.ts";

/** What is remembered of an upload until it is transcribed, so that a closed page loses nothing. */
export interface Kept {
  readonly key: string; // makes a repeated order take effect once
  readonly name: string;
  readonly bytes: number;
  readonly modifiedMs: number;
  readonly sent: number;
  readonly url: string | null; // of the upload at the service, once it has begun
  readonly options: Readonly<Record<string, unknown>>;
}

const NAME = "mp4totext.uploads";
const LOCK = "mp4totext.upload.";

export function keptUploads(): Kept[] {
  try {
    return parsedUploads(localStorage.getItem(NAME));
  } catch (error) {
    if (error instanceof DOMException) return []; // the browser keeps nothing for this page
    throw error;
  }
}

export function keepUpload(kept: Kept): void {
  store([...keptUploads().filter((each) => each.key !== kept.key), kept]);
}

export function forgetUpload(key: string): void {
  store(keptUploads().filter((each) => each.key !== key));
}

export function parsedUploads(text: string | null): Kept[] {
  const stored: unknown = text ? JSON.parse(text) : [];
  return Array.isArray(stored) ? stored.filter(isKept) : [];
}

/** The keys of uploads that go on in any tab. */
export async function heldElsewhere(): Promise<Set<string>> {
  const locks = await navigator.locks.query();
  const names = (locks.held ?? []).map((lock) => lock.name ?? "");
  return new Set(
    names.filter((name) => name.startsWith(LOCK)).map((name) => name.slice(LOCK.length)),
  );
}

/** Tells other tabs that this one has the upload, until it is released or the tab is closed. */
export function hold(key: string): () => void {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  void navigator.locks.request(`${LOCK}${key}`, () => held);
  return release;
}

function store(all: readonly Kept[]): void {
  try {
    localStorage.setItem(NAME, JSON.stringify(all));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // full or refused: it cannot be resumed later
  }
}

function isKept(value: unknown): value is Kept {
  return (
    isRecord(value) &&
    typeof value["key"] === "string" &&
    typeof value["name"] === "string" &&
    typeof value["bytes"] === "number" &&
    typeof value["modifiedMs"] === "number" &&
    typeof value["sent"] === "number" &&
    (value["url"] === null || typeof value["url"] === "string") &&
    isRecord(value["options"])
  );
}
