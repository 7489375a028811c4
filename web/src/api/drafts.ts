/**
 * Work that the service does not have yet, kept in the browser until it does. Each tab has rows of
 * its own and holds a lock while it is open; what a closed tab left is taken over by the next.
 */
const DATABASE = "mp4totext";
const VERSION = 1;
const STORE = "drafts";
const LOCK = "mp4totext.draft.";

export interface Draft<T> {
  readonly key: string; // recording and tab
  readonly recording: string;
  readonly value: T;
}

export class Drafts {
  readonly #tab = crypto.randomUUID();
  #database: Promise<IDBDatabase> | null = null;
  #release: () => void = () => undefined;

  /** Tells other tabs that the drafts of this one are in use. Returns what ends that. */
  open(): () => void {
    const held = new Promise<void>((resolve) => (this.#release = resolve));
    void navigator.locks.request(`${LOCK}${this.#tab}`, () => held);
    return () => {
      this.#release();
      void this.#database?.then((database) => database.close());
      this.#database = null;
    };
  }

  /**
   * Keeps a draft, in one step with the end of those it takes over. Throws DOMException where the
   * browser's storage is full or refused.
   */
  async put<T>(
    recording: string,
    value: T,
    inPlaceOf: readonly Draft<unknown>[] = [],
  ): Promise<void> {
    const key = `${recording} ${this.#tab}`;
    await this.#run("readwrite", (store) => {
      for (const draft of inPlaceOf) store.delete(draft.key);
      return store.put({ key, recording, value });
    });
  }

  async clear(recording: string): Promise<void> {
    const key = `${recording} ${this.#tab}`;
    await this.#run("readwrite", (store) => store.delete(key));
  }

  /** What closed tabs left of a recording, and what this one left when it showed it before. */
  async left<T>(recording: string): Promise<Draft<T>[]> {
    const all = await this.#run<Draft<T>[]>("readonly", (store) => store.getAll());
    const locks = await navigator.locks.query();
    const open = new Set((locks.held ?? []).map((lock) => lock.name?.slice(LOCK.length)));
    return all.filter((each) => {
      const tab = each.key.split(" ")[1];
      return each.recording === recording && (tab === this.#tab || !open.has(tab));
    });
  }

  async #run<T = unknown>(
    mode: IDBTransactionMode,
    work: (store: IDBObjectStore) => IDBRequest,
  ): Promise<T> {
    this.#database ??= opened();
    const store = (await this.#database).transaction(STORE, mode).objectStore(STORE);
    return asPromise(work(store));
  }
}

function opened(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, VERSION);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
  return asPromise(request);
}

function asPromise<T>(request: IDBRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result as T);
    request.onerror = () => reject(request.error ?? new Error("the browser's storage failed"));
  });
}
