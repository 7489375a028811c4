import { expect } from "@playwright/test";

import { expectAccessible } from "./access.ts";
import { test } from "./test.ts";

// The microphone plays the service's sample, from wherever it is when somebody listens.
const SAMPLE = /times|epoch|belief|age of|wisdom|season|winter|everything|heaven|period/i;

test("speech into the microphone becomes words, and then a recording @slow", async ({
  person: { page },
}) => {
  await page.getByRole("link", { name: "Live" }).click();
  await expectAccessible(page, "live");
  await page.getByRole("button", { name: "Start" }).click();
  const words = page.getByRole("log", { name: "Live transcript" });
  await expect(words).toContainText(SAMPLE, { timeout: 40_000 });
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("link", { name: "Open it" }).click({ timeout: 40_000 });
  await expect(page.locator("p[data-passage]").first()).toContainText(SAMPLE);
});

test("without a microphone it is said what is missing, and nothing begins", async ({
  person: { page },
}) => {
  await page.addInitScript(() => {
    const { mediaDevices } = navigator;
    mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "NotFoundError"));
  });
  await page.reload();
  await page.getByRole("link", { name: "Live" }).click();
  await page.getByRole("button", { name: "Start" }).click();
  await expect(page.getByText("No microphone found.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Start" })).toBeEnabled();
  await expectAccessible(page, "live-no-microphone");
});
