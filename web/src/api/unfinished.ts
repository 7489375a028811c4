import { isRecord } from "./problem.ts";

/** An unfinished upload as stored in the browser, so that it survives a closed page. */
export interface SavedUpload {
  readonly key: string; // Idempotency-Key of the request to transcribe it
  readonly name: string;
  readonly bytes: number;
  readonly modifiedMs: number;
  readonly sent: number;
  readonly url: string | null; // of the upload at the service; null: not started
  readonly options: Readonly<Record<string, unknown>>;
}

const NAME = "mp4totext.uploads";
const LOCK = "mp4totext.upload.";

export function savedUploads(): SavedUpload[] {
  try {
    return parsedUploads(localStorage.getItem(NAME));
  } catch (error) {
    if (error instanceof DOMException) return []; // the browser refuses storage
    throw error;
  }
}

export function saveUpload(upload: SavedUpload): void {
  write([...savedUploads().filter((each) => each.key !== upload.key), upload]);
}

export function forgetUpload(key: string): void {
  write(savedUploads().filter((each) => each.key !== key));
}

export function parsedUploads(text: string | null): SavedUpload[] {
  const stored: unknown = text ? JSON.parse(text) : [];
  return Array.isArray(stored) ? stored.filter(isSavedUpload) : [];
}

/** The keys of the uploads that a tab has open, this one included. */
export async function lockedUploads(): Promise<Set<string>> {
  const locks = await navigator.locks.query();
  const names = (locks.held ?? []).map((lock) => lock.name ?? "");
  return new Set(
    names.filter((name) => name.startsWith(LOCK)).map((name) => name.slice(LOCK.length)),
  );
}

/** Keeps other tabs from resuming the upload. Returns what releases it; a closed tab does, too. */
export function lockUpload(key: string): () => void {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  void navigator.locks.request(`${LOCK}${key}`, () => held);
  return release;
}

function write(all: readonly SavedUpload[]): void {
  try {
    localStorage.setItem(NAME, JSON.stringify(all));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // full or refused: it cannot be resumed later
  }
}

function isSavedUpload(value: unknown): value is SavedUpload {
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
