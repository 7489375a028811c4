import { expect, test } from "./test.ts";

test("from an empty library to the first transcript", async ({ person: { page } }) => {
  await page.getByRole("button", { name: "Try it with the sample recording" }).click();
  const row = page.getByRole("list", { name: "Recordings" }).getByRole("listitem");
  await expect(row).toContainText("sample.wav");
  await expect(row).toContainText("Ready", { timeout: 45_000 });
});
