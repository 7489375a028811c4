import { sound } from "./sounds.ts";
import { expect, expecting, test } from "./test.ts";

// An engine hears half a minute, on cores that other tests use too.
test.setTimeout(120_000);

test("from an empty library to the first transcript", async ({ person: { page } }) => {
  const line = page.getByRole("group").filter({ hasText: "any language" });
  await expect(line).toContainText(/· with speakers · .*Moonshine.* · [\d.]+ credits per hour/);
  await page.getByRole("button", { name: "Try it with the sample recording" }).click();
  const row = page.getByRole("list", { name: "Recordings" }).getByRole("listitem");
  await expect(row).toContainText("sample.wav");
  await expect(row).toContainText("Ready", { timeout: 90_000 });
});

test("words come in while the job runs, also on the page of the recording", async ({
  person: { page },
  address,
}) => {
  // Nobody tells the page that the job has ended: what it shows was told before.
  await page.routeWebSocket(/api\/v1\/ws/, (socket) => {
    const service = socket.connectToServer();
    service.onMessage((message) => {
      if (!String(message).includes('"job_complete"')) socket.send(message);
    });
  });
  await page.reload();
  // The recordings before it keep its job back until its page is open.
  const before = await Promise.all(["1.wav", "2.wav"].map((name) => sound(address, name)));
  await page.getByLabel("Choose files").setInputFiles(before);
  const rows = page.getByRole("list", { name: "Recordings" }).getByRole("listitem");
  await expect(rows).toHaveCount(2);
  await page.getByLabel("Choose files").setInputFiles(await sound(address, "A talk.wav"));
  await expect(rows.filter({ hasText: "A talk.wav" })).toBeVisible();
  const listed = await page.request.get(`${address}/api/v1/transcriptions?search=talk`);
  const { items } = (await listed.json()) as { items: { id: string }[] };
  await page.goto(`${address}/r/${items[0]?.id}`);
  const heard = page.getByRole("main").getByRole("list");
  await expect(heard).toContainText("It was the best of times", { timeout: 90_000 });
});

test("texts to write are chosen before the upload, with their price", async ({
  person: { page },
}) => {
  const line = page.getByRole("group").filter({ hasText: "any language" }).first();
  const priceIn = async () => Number(/([\d.]+) credits per hour/.exec(await line.innerText())?.[1]);
  await expect(line).toContainText("credits per hour");
  const without = await priceIn();
  await page.getByText("Change", { exact: true }).click();
  await page.getByRole("checkbox", { name: "key phrases" }).check();
  await page.getByRole("checkbox", { name: "summary" }).check();
  await expect(line).toContainText("summary · key phrases");
  await expect.poll(priceIn).toBeGreaterThan(without);
  await page.reload(); // as the last recording was ordered
  await expect(line).toContainText("summary · key phrases");
  await page.getByRole("button", { name: "Try it with the sample recording" }).click();
  const row = page.getByRole("list", { name: "Recordings" }).getByRole("listitem");
  await expect(row).toContainText("Ready", { timeout: 90_000 });
  await row.getByRole("link").click();
  await page.getByRole("link", { name: "Texts", exact: true }).click();
  for (const name of ["Summary", "Key phrases"]) {
    await expect(page.getByRole("link", { name }).first()).toBeVisible({ timeout: 30_000 });
  }
});

test("a service that is away is said, and its return too", async ({ person: { page } }) => {
  const away = page.getByText("The service cannot be reached.");
  let isAway = true;
  await page.routeWebSocket(/api\/v1\/ws/, (socket) => {
    if (isAway) void socket.close();
    else socket.connectToServer();
  });
  await page.reload();
  await expect(away).toBeVisible();
  isAway = false;
  await page.evaluate(() => dispatchEvent(new Event("online"))); // without waiting for a pause to end
  await expect(away).toBeHidden({ timeout: 2_000 });
});

test("a service that restarts asks nobody to sign in @slow", async ({ person: { page } }) => {
  expecting("status of 503");
  const session = /\/api\/v1\/auth\/session$/;
  const headers = { "Retry-After": "2" };
  await page.route(session, (route) =>
    route.fulfill({
      status: 503,
      headers,
      json: { code: "busy", detail: "The service restarts." },
    }),
  );
  await page.reload();
  await expect(page.getByRole("alert")).toContainText("The service restarts.");
  await expect(page.getByRole("alert")).toContainText(/Retrying in \d second/);
  await expect(page.getByRole("dialog")).toBeHidden();
  await page.unroute(session);
  await expect(page.getByText("Drop recordings anywhere on this page")).toBeVisible();
});
