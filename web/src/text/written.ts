import type { Events } from "../api/events.svelte.ts";
import type { Resource } from "../api/resource.svelte.ts";

interface Written {
  readonly id: string;
}

/**
 * Reads a text again whenever more of it is written, one request at a time. Returns a function
 * that ends this and stops the resource.
 */
export function whileWritten(events: Pick<Events, "on">, text: Resource<Written>): () => void {
  let isReading = false;
  let hasMore = false;

  async function read(): Promise<void> {
    hasMore = true;
    if (isReading) return;
    isReading = true;
    while (hasMore) {
      hasMore = false;
      await text.load();
    }
    isReading = false;
  }

  const end = events.on("text_delta", ({ body }) => {
    if (body["text_id"] === text.value?.id) void read();
  });
  return () => {
    end();
    hasMore = false;
    text.stop();
  };
}
