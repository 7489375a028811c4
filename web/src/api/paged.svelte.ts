import { Resource } from "./resource.svelte.ts";

interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor?: string | null;
}

interface Rows<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** A paginated list: the first page, and more on request, which stays when it is read again. */
export class Paged<T> {
  readonly list: Resource<Rows<T>>;
  #read: (cursor: string | null, signal: AbortSignal | null) => Promise<Page<T>>;

  constructor(read: (cursor: string | null, signal: AbortSignal | null) => Promise<Page<T>>) {
    this.#read = read;
    this.list = new Resource(async (signal) => {
      const shown = this.list.value?.items.length ?? 0;
      let rows = rowsOf(await read(null, signal));
      while (rows.next && rows.items.length < shown) {
        const more = rowsOf(await read(rows.next, signal));
        rows = { items: [...rows.items, ...more.items], next: more.next };
      }
      return rows;
    });
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
