import { tmpdir } from "node:os";
import { join } from "node:path";

import { defineConfig } from "@playwright/test";

// The distribution's Chromium: Playwright's own would be downloaded from elsewhere.
export const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** What the browser's microphone hears; the service's sample is copied there. */
export const MICROPHONE = join(tmpdir(), "mp4totext-microphone.wav");

// Without these the browser itself asks its maker's hosts; tests run without a network.
export const FLAGS = [
  "--no-sandbox", // as root, in containers
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=no-user-gesture-required",
  "--use-fake-ui-for-media-stream",
  "--use-fake-device-for-media-stream",
  `--use-file-for-fake-audio-capture=${MICROPHONE}`,
];

/** What measures frames and keys must not share the cores with other tests. */
const ALONE = "speed.spec.ts";

export default defineConfig({
  testDir: "tests/browser",
  outputDir: "test-results",
  globalSetup: "./tests/browser/service.ts",
  workers: 2, // each with a service of its own
  projects: [
    { name: "together", testIgnore: ALONE },
    { name: "alone", testMatch: ALONE, dependencies: ["together"], workers: 1 },
  ],
  retries: process.env["RETRY"] ? 1 : 0, // what passes only then is listed as flaky
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  reporter: [["list"]],
  use: {
    locale: "en-GB",
    timezoneId: "Europe/Paris",
    viewport: { width: 1280, height: 800 },
    launchOptions: { executablePath: CHROMIUM, args: FLAGS },
    // A trace copies the whole page at each step, a third of a test's time. To see each step of one
    // that fails: make test-web WEB_TESTS="--trace retain-on-failure editor.spec"
    trace: "off",
    screenshot: "only-on-failure",
  },
});
