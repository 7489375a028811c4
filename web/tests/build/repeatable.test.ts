import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { expect, test } from "vitest";

const WEB = resolve(import.meta.dirname, "../..");

/** Builds a copy of the sources in a folder of its own, as on another machine at another time. */
function built(name: string, zone: string): Map<string, Buffer> {
  const folder = mkdtempSync(join(tmpdir(), name));
  const web = join(folder, "web");
  cpSync(WEB, web, { recursive: true, filter: (path) => !/node_modules|test-results/.test(path) });
  symlinkSync(join(WEB, "node_modules"), join(web, "node_modules"));
  const out = join(folder, "out");
  execFileSync(
    process.execPath,
    ["node_modules/vite/bin/vite.js", "build", "--logLevel", "error"],
    {
      cwd: web,
      env: { ...process.env, PAGE_OUT: out, TZ: zone, NODE_ENV: "production" },
    },
  );
  const names = readdirSync(out, { recursive: true, withFileTypes: true }).filter((each) =>
    each.isFile(),
  );
  const files = new Map(
    names.map((each) => [
      join(each.parentPath, each.name).slice(out.length),
      readFileSync(join(each.parentPath, each.name)),
    ]),
  );
  rmSync(folder, { recursive: true });
  return files;
}

test("two builds in different folders are byte for byte equal", () => {
  const first = built("page-", "Asia/Tokyo");
  const second = built("another-longer-name-", "America/Lima");
  expect([...first.keys()].sort()).toEqual([...second.keys()].sort());
  for (const [name, bytes] of first)
    expect(bytes.equals(second.get(name) ?? Buffer.of()), name).toBe(true);
}, 240_000);
