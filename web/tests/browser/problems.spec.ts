import { type Page, expect } from "@playwright/test";

import { sound } from "./sounds.ts";
import { expecting, test } from "./test.ts";

const rows = (page: Page) => page.getByRole("list", { name: "Recordings" });

test("who asks too often is told for how long, and is not asked to do anything @slow", async ({
  reader: { page },
}) => {
  expecting("status of 429");
  const list = /\/api\/v1\/transcriptions\?/;
  const detail = "Too many requests. Wait a moment.";
  await page.route(list, (route) =>
    route.fulfill({
      status: 429,
      headers: { "Retry-After": "2", "X-Request-ID": "req_42" },
      json: { code: "too_many_requests", detail },
    }),
  );
  await page.getByRole("link", { name: "Library", exact: true }).first().click();
  const alert = page.getByRole("alert");
  await expect(alert).toContainText(detail);
  await expect(alert).toContainText(/Retrying in \d second/);
  await expect(alert).toContainText("req_42");
  await page.unroute(list);
  await expect(rows(page).getByRole("link", { name: "A long day" })).toBeVisible();
  await expect(alert).toBeHidden();
});

test("what is ordered too often is ordered again when the service says", async ({
  reader: { page },
}) => {
  expecting("status of 429");
  const order = /\/texts$/;
  await page.route(order, (route) =>
    route.request().method() === "POST"
      ? route.fulfill({
          status: 429,
          headers: { "Retry-After": "2" },
          json: { code: "too_many_requests", detail: "Too many requests. Wait a moment." },
        })
      : route.fallback(),
  );
  await page.getByRole("link", { name: "Texts", exact: true }).click();
  await page.getByRole("button", { name: "Write", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText(/Retrying in \d second/);
  await page.unroute(order);
  await expect(page.getByRole("button", { name: "Write again" })).toBeVisible({ timeout: 30_000 });
});

test("what an account cannot pay says what is needed and what is there, at the upload", async ({
  person: { page },
  address,
}) => {
  expecting("status of 402");
  const accept = "**/api/v1/transcriptions/from-upload";
  await page.route(accept, (route) =>
    route.fulfill({
      status: 402,
      json: { code: "insufficient_credits", detail: "No.", required: 12.5, available: 3 },
    }),
  );
  await page.getByLabel("Choose files").setInputFiles(await sound(address, "dear.wav", 2));
  const upload = page.getByRole("list", { name: "Uploads" }).getByRole("listitem");
  await expect(upload.getByRole("alert")).toContainText(
    "This needs 12.5 credits; 3 are available.",
  );
  await expect(upload.getByRole("progressbar")).toHaveCount(0); // nothing goes on
  await page.reload(); // all of it is stored, so its file is not asked for
  await expect(upload.getByRole("alert")).toContainText("This needs 12.5 credits");
  await page.unroute(accept); // there are more by now
  await upload.getByRole("button", { name: "Try again" }).click();
  await expect(rows(page).getByText("dear.wav", { exact: true })).toBeVisible();
  await expect(upload).toBeHidden();
});

test("a recording that is deleted elsewhere stays readable in an open tab, which says so", async ({
  reader: { page, passages, recording },
  address,
}) => {
  expecting("status of 404"); // what was on its way
  const text = (await passages.first().textContent()) ?? "";
  const answer = await page.request.delete(`${address}/api/v1/transcriptions/${recording}`, {
    headers: { Origin: address },
  });
  expect(answer.ok()).toBe(true);
  await expect(page.getByRole("alert")).toContainText("This recording was deleted.");
  await expect(passages.first()).toHaveText(text);
});

test("a browser whose storage is full says that a change is nowhere yet, and asks before it goes @slow", async ({
  reader: { page, passages },
  context,
}) => {
  expecting("ERR_INTERNET_DISCONNECTED");
  await page.evaluate(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
    };
  });
  await context.setOffline(true);
  await passages.first().dblclick({ position: { x: 20, y: 12 } });
  await page.keyboard.press("End");
  await page.keyboard.type(" kept");
  await expect(page.getByText("Not saved: browser storage is full")).toBeVisible();
  let asked = "";
  page.once("dialog", (dialog) => {
    asked = dialog.message();
    void dialog.dismiss();
  });
  await page.getByRole("link", { name: "Library", exact: true }).first().click();
  await expect.poll(() => asked).toContain("Leave anyway?");
  await expect(passages.first()).toContainText(" kept");
  await context.setOffline(false);
  await expect(page.getByRole("main").getByText("Saved", { exact: true })).toBeVisible({
    timeout: 20_000,
  });
});
