import { Resource } from "./resource.svelte.ts";

interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor?: string | null;
}

interface Rows<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** A paginated list: the first page, and more on request. */
export class Paged<T> {
  readonly list: Resource<Rows<T>>;
  #read: (cursor: string | null, signal: AbortSignal | null) => Promise<Page<T>>;

  constructor(read: (cursor: string | null, signal: AbortSignal | null) => Promise<Page<T>>) {
    this.#read = read;
    this.list = new Resource(async (signal) => rowsOf(await read(null, signal)));
  }

  /** Throws Problem. */
  async more(): Promise<void> {
    const { value } = this.list;
    if (!value?.next) return;
    const page = rowsOf(await this.#read(value.next, null));
    this.list.set({ items: [...value.items, ...page.items], next: page.next });
  }
}

function rowsOf<T>(page: Page<T>): Rows<T> {
  return { items: page.items, next: page.next_cursor ?? null };
}
