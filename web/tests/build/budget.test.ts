import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

import { describe, expect, test } from "vitest";

import { LANGUAGES } from "../../src/languages/table.ts";

const STATIC = resolve(import.meta.dirname, "../../../src/mp4totext/web/static");
const ASSETS = join(STATIC, "assets");
const KB = 1000;

const files = readdirSync(ASSETS).filter((name) => /\.(js|css)$/.test(name));
const ofDocs = (name: string) => name.startsWith("docs-"); // Swagger's own, of /docs alone

function gzipped(names: Iterable<string>): number {
  return [...names].reduce(
    (sum, name) => sum + gzipSync(readFileSync(join(ASSETS, name)), { level: 9 }).length,
    0,
  );
}

/** What is loaded with a file: it, and all that it imports before it runs. */
function withImports(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  const code = readFileSync(join(ASSETS, name), "utf8");
  for (const [, imported] of code.matchAll(/(?:from|^import|[;}]import)\s*"\.\/([^"]+\.js)"/g)) {
    if (imported) withImports(imported, found);
  }
  return found;
}

function named(start: string): string {
  const name = files.find((each) => each.startsWith(`${start}-`) && each.endsWith(".js"));
  if (!name) throw new Error(`no ${start} in the build`);
  return name;
}

/** Scripts that are loaded until a page is there. */
function scriptsOf(page: string, ...sentences: string[]): Set<string> {
  return ["index", page, ...sentences].reduce(
    (all, name) => withImports(named(name), all),
    new Set<string>(),
  );
}

describe.each(LANGUAGES)("in $code", ({ code }) => {
  test("the first page's scripts stay below 45 kB", () => {
    expect(gzipped(scriptsOf("Library", code))).toBeLessThan(45 * KB);
  });

  test("the editor's scripts stay below 75 kB", () => {
    expect(gzipped(scriptsOf("Recording", code, `${code}.pages`))).toBeLessThan(75 * KB);
  });

  // What a language needs beyond English is bounded apart: Arabic and Japanese letters take more bytes.
  test("its sentences stay below 12.5 kB, without those of a few pages", () => {
    expect(gzipped([code, `${code}.pages`].map(named))).toBeLessThan(12.5 * KB);
  });

  test("its sentences of a few pages stay below 4.5 kB", () => {
    expect(gzipped([named(`${code}.studio`)])).toBeLessThan(5 * KB);
    expect(gzipped([named(`${code}.service`)])).toBeLessThan(4.5 * KB);
    expect(gzipped([named(`${code}.clips`)])).toBeLessThan(1.2 * KB);
  });
});

test("the scripts of the page of videos, and of pictures, stay below 72 kB", () => {
  expect(gzipped(scriptsOf("studio", "en", "en.studio"))).toBeLessThan(72 * KB);
});

// All of the page that one person can load: without the sentences of other languages, which are
// bounded above, and without Swagger's own script, which only /docs loads.
test("all scripts stay below 180 kB, with the sentences of English", () => {
  const others = LANGUAGES.filter(({ code }) => code !== "en").map(({ code }) => code);
  const foreign = new Set(
    others
      .flatMap((code) => ["", ".pages", ".service", ".studio", ".clips"].map((part) => code + part))
      .map(named),
  );
  const scripts = files.filter((name) => name.endsWith(".js") && !ofDocs(name));
  expect(gzipped(scripts.filter((name) => !foreign.has(name)))).toBeLessThan(180 * KB);
});

test("styles stay below 12 kB", () => {
  const styles = files.filter((name) => name.endsWith(".css") && !ofDocs(name));
  expect(gzipped(styles)).toBeLessThan(12 * KB);
});

// A page that a server draws is taken over by it; ours is drawn here, and leaves that part of Svelte out.
test("nothing of Svelte's hydration is in the scripts", () => {
  for (const name of files.filter((each) => each.endsWith(".js") && !ofDocs(each))) {
    expect(readFileSync(join(ASSETS, name), "utf8"), name).not.toContain("hydration_mismatch");
  }
});

test("no source map and no address of another host is in the page's files", () => {
  for (const name of files.filter((each) => !ofDocs(each))) {
    const code = readFileSync(join(ASSETS, name), "utf8");
    expect(code, name).not.toContain("sourceMappingURL");
    const hosts = [...code.matchAll(/https?:\/\/([\w.-]+)/g)].map((match) => match[1]);
    expect(
      hosts.filter((host) => !NAMES.has(host ?? "")),
      name,
    ).toEqual([]);
  }
});

// Names that are never asked: XML's namespaces, and links that Svelte's errors mention.
const NAMES = new Set(["www.w3.org", "svelte.dev"]);
