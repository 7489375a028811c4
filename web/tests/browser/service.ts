import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import type { FullConfig } from "@playwright/test";

import { MICROPHONE } from "../../playwright.config.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const COMMAND = join(ROOT, ".venv/bin/mp4totext");
const READY_MS = 180_000;

/** The real service with its bundled engine, in a data folder of its own. */
export class Service {
  readonly folder = mkdtempSync(join(tmpdir(), "mp4totext-page-"));
  #process: ChildProcess | null = null;
  readonly #settings: Record<string, string>;
  #port = 0;

  constructor(settings: Record<string, string> = {}) {
    this.#settings = settings;
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const started = spawn(COMMAND, ["serve", "--port", String(this.#port), "--workers", "1"], {
      env: {
        ...process.env,
        DATA_DIR: this.folder,
        RATE_LIMIT_ENABLED: "false",
        BCRYPT_ROUNDS: "4",
        WEBHOOK_ALLOW_PRIVATE: "true",
        EMBED_TRANSCRIPTS: "false", // a hundred of them would take the cores for minutes
        ...this.#settings,
      },
      stdio: ["ignore", "ignore", "pipe"],
      detached: true, // a group of its own, so that no worker is left
    });
    this.#process = started;
    let said = "";
    started.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
    const deadline = Date.now() + READY_MS;
    while (Date.now() < deadline) {
      const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (port) this.#port = Number(port);
      if (port && (await this.#works())) return;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error(`The service does not start:\n${said}`);
  }

  async stop(): Promise<void> {
    const { pid, exitCode } = this.#process ?? {};
    if (pid === undefined || exitCode !== null) return;
    const ended = new Promise((done) => this.#process?.once("exit", done));
    process.kill(pid, "SIGTERM");
    await ended;
  }

  /** As a power cut would: nothing is written any more. */
  async kill(): Promise<void> {
    const { pid } = this.#process ?? {};
    if (pid === undefined) return;
    const ended = new Promise((done) => this.#process?.once("exit", done));
    process.kill(-pid, "SIGKILL");
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #works(): Promise<boolean> {
    try {
      const response = await fetch(`${this.address}/api/v1/status`);
      const status = (await response.json()) as { workers: unknown };
      return Boolean(status.workers);
    } catch {
      return false;
    }
  }
}

/** Vendors of texts and of pictures on this machine, which answer as their interfaces say. */
export class Vendors {
  #process: ChildProcess | null = null;

  /** The settings with which a service asks them. */
  async start(): Promise<Record<string, string>> {
    const python = join(ROOT, ".venv/bin/python");
    const started = spawn(python, ["-m", "tests.support.page_vendors"], {
      cwd: ROOT,
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#process = started;
    let printed = "";
    for await (const text of started.stdout.setEncoding("utf8")) {
      printed += text as string;
      if (printed.endsWith("\n\n")) break;
    }
    const lines = printed.trim().split("\n");
    return Object.fromEntries(
      lines.map((line) => [line.split("=", 1)[0], line.slice(line.indexOf("=") + 1)]),
    ) as Record<string, string>;
  }

  async stop(): Promise<void> {
    const started = this.#process;
    if (!started || started.exitCode !== null) return;
    const ended = once(started, "exit");
    started.stdin?.end();
    await ended;
  }
}

/** What a test finds in its service. */
export interface Prepared {
  readonly address: string;
  readonly folder: string; // of its data
  readonly ready: Ready[];
  readonly special: Record<Special, Ready>;
}

/** An account with a recording. */
export interface Ready {
  readonly email: string;
  readonly recording: string;
}

/** A service for each worker, so that none waits for the jobs of another's tests. */
export default async function setUp({ workers }: FullConfig): Promise<() => Promise<void>> {
  const services = Array.from({ length: workers }, () => new Service());
  const remove = async () => {
    await Promise.all(services.map((service) => service.remove()));
  };
  try {
    const prepared = await Promise.all(services.map(prepare));
    process.env["PAGE_PREPARED"] = services[0]?.folder;
    for (const [index, each] of prepared.entries()) writePrepared(index, each);
    const sample = await fetch(`${prepared[0]?.address}/sample.wav`);
    writeFileSync(MICROPHONE, Buffer.from(await sample.arrayBuffer()));
  } catch (error) {
    await remove();
    throw error;
  }
  return remove;
}

/** Each test takes an account of its own, with a recording that is ready. */
async function prepare(service: Service): Promise<Prepared> {
  await service.start();
  const { address, folder } = service;
  const people = await Promise.all(Array.from({ length: PEOPLE }, () => newPerson(address)));
  const names = Object.keys(SPECIAL) as Special[];
  const owners = await Promise.all(names.map(() => newPerson(address)));
  const shelf = owners[names.indexOf("SHELF")];
  const recordings = await made(folder, [
    ...people.map(ordered),
    ...owners.map(({ id }, index) => `${id} ${SPECIAL[names[index] as Special]}`),
    ...SHELF.map((title) => `${shelf?.id} ${WORDS} sound ${title}`),
  ]);
  const ready = [...people, ...owners].map(({ email }, index) => ({
    email,
    recording: recordings[index] ?? "",
  }));
  const special = ready.splice(PEOPLE);
  await run(COMMAND, ["users", "create", ADMIN, "--admin", "--password-stdin"], folder, PASSWORD);
  return {
    address,
    folder,
    ready,
    special: Object.fromEntries(
      names.map((name, index) => [name, special[index]]),
    ) as Prepared["special"],
  };
}

const preparedFile = (index: number) =>
  join(process.env["PAGE_PREPARED"] ?? "", `prepared-${index}.json`);

/** Of the service of a worker; its tests run one after the other, so nobody else writes it. */
export function readPrepared(index: number): Prepared {
  return JSON.parse(readFileSync(preparedFile(index), "utf8")) as Prepared;
}

export function writePrepared(index: number, prepared: Prepared): void {
  writeFileSync(preparedFile(index), JSON.stringify(prepared));
}

export const ADMIN = "admin@example.com";

const PEOPLE = 40;
const WORDS = 100; // of half a minute, as long as the sound beside them
const SPECIAL = {
  LONG: "100000 sound A long day", // ten hours
  FILM: `${WORDS} film A film`,
  OLD_FILM: `${WORDS} old-film An old film`, // that no browser plays
  TWICE: `${WORDS} twice Heard twice`,
  SHELF: `${WORDS} sound Archive interview, 12 May`,
};
export type Special = keyof typeof SPECIAL;
const SHELF = ["Board meeting", "Lecture 7", "Call with the printers"]; // beside that

export interface Person {
  readonly id: string;
  readonly email: string;
}

export const PASSWORD = "correct horse battery";

export async function newPerson(address: string): Promise<Person> {
  const email = `${crypto.randomUUID()}@example.com`;
  const response = await fetch(`${address}/api/v1/auth/register`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email, password: PASSWORD, full_name: "Ada Lindqvist" }),
  });
  if (!response.ok) throw new Error(`No account: ${response.status} ${await response.text()}`);
  const { id } = (await response.json()) as { id: string };
  return { id, email };
}

export async function made(folder: string, orders: readonly string[]): Promise<string[]> {
  const python = join(ROOT, ".venv/bin/python");
  const module = ["-m", "tests.support.page_recordings"];
  return (await run(python, module, folder, orders.join("\n"))).trim().split("\n");
}

/** An account with a recording, made when it is needed: it takes two seconds. */
export async function newReady({ address, folder }: Prepared): Promise<Ready> {
  const person = await newPerson(address);
  const [recording = ""] = await made(folder, [ordered(person)]);
  return { email: person.email, recording };
}

const ordered = ({ id }: Person) => `${id} ${WORDS} sound A long day`;

/** What a program prints that works on a service's data. */
async function run(
  program: string,
  options: readonly string[],
  folder: string,
  input: string,
): Promise<string> {
  const started = spawn(program, options, {
    cwd: ROOT,
    env: { ...process.env, DATA_DIR: folder, BCRYPT_ROUNDS: "4" },
  });
  let printed = "";
  let said = "";
  started.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  started.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  started.stdin.end(`${input}\n`);
  const [status] = (await once(started, "close")) as [number | null];
  if (status !== 0) throw new Error(`${program} ${options.join(" ")} failed:\n${said}`);
  return printed;
}
