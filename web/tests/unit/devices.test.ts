import { expect, test } from "vitest";

import { deviceOf } from "../../src/pages/account/devices.ts";

const MAC =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)";

test.each([
  [`${MAC} Version/17.4 Safari/605.1.15`, "Safari on macOS"],
  [`${MAC} Chrome/126.0 Safari/537.36`, "Chrome on macOS"],
  [`${WINDOWS} Chrome/126.0 Safari/537.36 Edg/126.0`, "Edge on Windows"],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox on Linux"],
])("%s is told in two words", (userAgent, device) => {
  const { browser, system } = deviceOf(userAgent) ?? {};
  expect(`${browser} on ${system}`).toBe(device);
});

test("what says nothing that is known has no name", () => {
  expect(deviceOf("curl/8.0")).toBeNull();
});
