import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import type { CompileOptions } from "svelte/compiler";
import type { Plugin } from "vite";

const LEAST_BYTES = 512; // below, a compressed file is hardly smaller

/** Stores each text file of the build compressed, too: nobody compresses it again per request. */
export function compressed(): Plugin {
  let folder = "";
  return {
    name: "compressed",
    apply: "build",
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir, config.build.assetsDir);
    },
    closeBundle() {
      if (!existsSync(folder)) return; // the build failed, which is said
      for (const name of readdirSync(folder)) {
        if (!/\.(css|js|svg|txt)$/.test(name)) continue;
        const content = readFileSync(join(folder, name));
        if (content.length < LEAST_BYTES) continue;
        const params = {
          [constants.BROTLI_PARAM_QUALITY]: 11,
          [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
        };
        writeFileSync(join(folder, `${name}.br`), brotliCompressSync(content, { params }));
        writeFileSync(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }));
      }
    },
  };
}

const COMPONENTS = readdirSync(resolve(import.meta.dirname, "../src"), { recursive: true })
  .map((name) => `src/${String(name).replaceAll("\\", "/")}`)
  .filter((name) => name.endsWith(".svelte"))
  .sort();

type Named = Parameters<NonNullable<CompileOptions["cssHash"]>>[0];

/** The class that keeps a component's styles to it: its place among all, shorter than Svelte's hash. */
export function scopeOf({ filename, hash }: Named): string {
  const at = COMPONENTS.indexOf(filename);
  return at < 0 ? `svelte-${hash(filename)}` : `s${at.toString(36)}`;
}

export type Shape = readonly [string, Readonly<Record<string, string>>];

/** A shape of an icon as commands of an SVG path, from an absolute position. */
export function pathOf([tag, at]: Shape): string {
  const n = (name: string) => Number(at[name] ?? 0);
  const [width, height, r] = [n("width"), n("height"), n(tag === "rect" ? "rx" : "r")];
  const arc = (x: number, y: number) => `a${r} ${r} 0 0 1 ${x} ${y}`;
  switch (tag) {
    case "path":
      return `M0 0${at["d"]}`;
    case "line":
      return `M${n("x1")} ${n("y1")}L${n("x2")} ${n("y2")}`;
    case "circle":
      return `M${n("cx") - r} ${n("cy")}${arc(2 * r, 0)}${arc(-2 * r, 0)}`;
    case "rect":
      return [
        `M${n("x") + r} ${n("y")}h${width - 2 * r}${arc(r, r)}v${height - 2 * r}${arc(-r, r)}`,
        `h${2 * r - width}${arc(-r, -r)}v${2 * r - height}${arc(r, -r)}`,
      ].join("");
    default:
      throw new Error(`no path is known of <${tag}>`);
  }
}

/**
 * Lucide's icons are drawn by a component of ours, which each icon calls with its path: the
 * package's is written for any use, and each of its icons is a component that passes all on.
 */
export function ownIcons(): Plugin {
  const ours = resolve(import.meta.dirname, "../src/parts/LucideIcon.svelte");
  return {
    name: "own-icons",
    enforce: "pre",
    load: {
      filter: { id: /@lucide\/svelte\/dist\/icons\/[\w-]+\.js$/ },
      handler(id) {
        const component = readFileSync(id.replace(/js$/, "svelte"), "utf8");
        const data = /const iconData = (.*);/.exec(component)?.[1];
        if (!data) throw new Error(`${id} has no shapes`);
        const icon = JSON.parse(data) as { node: readonly Shape[] };
        return `import Icon from ${JSON.stringify(ours)};
          const path = ${JSON.stringify(icon.node.map(pathOf).join(""))};
          export default (anchor, props) => Icon(anchor, { path, get size() { return props.size; } });`;
      },
    },
  };
}

/**
 * The page has one stylesheet, which index.html names: no script has to list it and wait for it,
 * as Vite has each that is loaded later do.
 */
export function withoutPreloads(): Plugin {
  return {
    name: "without-preloads",
    enforce: "pre",
    apply: "build",
    load: {
      filter: { id: /vite\/preload-helper/ },
      handler: () => "export const __vitePreload = (load) => load();",
    },
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        for (const chunk of Object.values(bundle)) {
          if (chunk.type !== "chunk") continue;
          chunk.code = chunk.code
            .replaceAll(/,__vite__mapDeps\(\[[\d,]*\]\),import\.meta\.url(?=\))/g, "")
            .replace(/^const __vite__mapDeps=.*;\n/, "")
            .replaceAll(/\/\* empty css +\*\//g, "");
        }
      },
    },
  };
}

/**
 * Svelte keeps what hydrates a page that a server has drawn behind one variable, so that a build can
 * leave it out. Ours has no such page, but the bundler cannot see that the variable never changes.
 */
export function withoutHydration(): Plugin {
  return {
    name: "without-hydration",
    apply: "build",
    transform: {
      filter: { id: /svelte\/src\/internal\/client\/dom\/hydration\.js$/ },
      handler: (code) => constantIn(code),
    },
  };
}

const CHANGES: readonly (readonly [string, string])[] = [
  ["export let hydrating = false;", "export const hydrating = false;"],
  ["\thydrating = value;\n", ""],
];

function constantIn(code: string): string {
  return CHANGES.reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`Svelte's hydration.js has no ${from}`);
    return changed.replace(from, to);
  }, code);
}

/** Writes licences.txt: the licence of every package that is compiled in. */
export function licences(): Plugin {
  return {
    name: "licences",
    apply: "build",
    generateBundle(_options, bundle) {
      const folders = new Set<string>();
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue;
        for (const id of chunk.moduleIds) {
          const folder = packageOf(id);
          if (folder) folders.add(folder);
        }
      }
      const texts = [...folders].map(licenceIn).sort();
      this.emitFile({
        type: "asset",
        fileName: "licences.txt",
        source: `What the page is built with.\n\n${texts.join("\n\n")}\n`,
      });
    },
  };
}

function packageOf(id: string): string | null {
  const match = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id.replace(/^\0/, ""));
  return match ? match[0] : null;
}

function licenceIn(folder: string): string {
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    name: string;
    version: string;
    license?: string;
  };
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  const text = file ? readFileSync(join(folder, file), "utf8").trim() : "";
  return `${"-".repeat(72)}\n${about.name} ${about.version} (${about.license ?? "see below"})\n\n${text}`;
}
