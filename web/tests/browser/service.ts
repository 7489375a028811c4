import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { MICROPHONE } from "../../playwright.config.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const COMMAND = join(ROOT, ".venv/bin/mp4totext");
const READY_MS = 180_000;

/** The real service with its bundled engine, in a data folder of its own. */
export class Service {
  readonly folder = mkdtempSync(join(tmpdir(), "mp4totext-page-"));
  #process: ChildProcess | null = null;
  #port: number;

  constructor(port = 0) {
    this.#port = port;
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

/** One service for all tests; each takes an account of its own, with a recording that is ready. */
export default async function setUp(): Promise<() => Promise<void>> {
  const service = new Service();
  await service.start();
  process.env["PAGE_ADDRESS"] = service.address;
  const sample = await fetch(`${service.address}/sample.wav`);
  writeFileSync(MICROPHONE, Buffer.from(await sample.arrayBuffer()));
  process.env["PAGE_POOL"] = join(service.folder, "people.json");
  const people = await Promise.all(
    Array.from({ length: PEOPLE }, () => newPerson(service.address)),
  );
  const special = await Promise.all(SPECIAL.map(() => newPerson(service.address)));
  const orders = [
    ...people.map(({ id }) => `${id} ${WORDS} sound A long day`),
    ...special.map(({ id }, index) => `${id} ${SPECIAL[index]?.order}`),
    ...SHELF.map((title) => `${special.at(-1)?.id} ${WORDS} sound ${title}`),
  ];
  const recordings = made(orders, service.folder);
  const pool = people.map((person, index) => ({ ...person, recording: recordings[index] }));
  writeFileSync(process.env["PAGE_POOL"], JSON.stringify(pool));
  for (const [index, { name }] of SPECIAL.entries()) {
    const recording = recordings[people.length + index];
    process.env[name] = JSON.stringify({ ...special[index], recording });
  }
  execFileSync(COMMAND, ["users", "create", ADMIN, "--admin", "--password-stdin"], {
    env: { ...process.env, DATA_DIR: service.folder, BCRYPT_ROUNDS: "4" },
    input: `${PASSWORD}\n`,
  });
  return () => service.remove();
}

export const ADMIN = "admin@example.com";

const PEOPLE = 40;
const WORDS = 100; // of half a minute, as long as the sound beside them
const SPECIAL = [
  { name: "PAGE_LONG", order: "100000 sound A long day" }, // ten hours
  { name: "PAGE_FILM", order: `${WORDS} film A film` },
  { name: "PAGE_OLD_FILM", order: `${WORDS} old-film An old film` }, // that no browser plays
  { name: "PAGE_TWICE", order: `${WORDS} twice Heard twice` },
  { name: "PAGE_SHELF", order: `${WORDS} sound Archive interview, 12 May` },
] as const;
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

function made(orders: readonly string[], folder: string): string[] {
  const python = join(ROOT, ".venv/bin/python");
  const said = execFileSync(python, ["-m", "tests.support.page_recordings"], {
    cwd: ROOT,
    env: { ...process.env, DATA_DIR: folder },
    input: orders.join("\n"),
    encoding: "utf8",
  });
  return said.trim().split("\n");
}
