import { expect, test } from "vitest";

import { Resource } from "../../src/api/resource.svelte.ts";

test("who waits for an answer gets the newer one, where it is read again meanwhile", async () => {
  const answers: ((value: string) => void)[] = [];
  const resource = new Resource<string>(() => new Promise((resolve) => answers.push(resolve)));
  const first = resource.load().then(() => resource.value);
  const second = resource.load();
  answers[0]?.("old");
  await Promise.resolve();
  answers[1]?.("new");
  expect(await first).toBe("new");
  await second;
});
