import { offline, problemOf } from "./problem.ts";
import type { components } from "./schema.d.ts";

export type User = components["schemas"]["UserOut"];

type State =
  | { state: "starting" }
  | { state: "signed-out"; expired: boolean }
  | { state: "signed-in"; user: User };

/** Who is signed in. Nothing else knows how a request proves it. */
export class Session {
  #state = $state.raw<State>({ state: "starting" });
  #token: string | null = null;
  #user: User | null = null;

  get now(): State {
    return this.#state;
  }

  get user(): User | null {
    return this.#state.state === "signed-in" ? this.#state.user : this.#user;
  }

  /** Whether credits are counted: not for the local account. */
  get isMetered(): boolean {
    return this.user !== null;
  }

  get canLeave(): boolean {
    return this.user !== null;
  }

  get isAdmin(): boolean {
    return this.user?.role === "admin";
  }

  /** What a request needs to be this person's. */
  get headers(): Record<string, string> {
    return this.#token ? { Authorization: `Bearer ${this.#token}` } : {};
  }

  /** The same for a WebSocket. */
  get protocols(): string[] {
    return this.#token ? ["bearer", this.#token] : [];
  }

  async start(): Promise<void> {
    this.#state = { state: "signed-out", expired: false };
  }

  /** Throws Problem. */
  async logIn(email: string, password: string): Promise<void> {
    const tokens = await sent<{ access_token: string }>("auth/login", { email, password });
    this.#token = tokens.access_token;
    const user = await sent<User>("auth/me", null, this.headers);
    this.#user = user;
    this.#state = { state: "signed-in", user };
  }

  /** Throws Problem. */
  async register(email: string, password: string, fullName: string): Promise<void> {
    await sent("auth/register", { email, password, full_name: fullName });
    await this.logIn(email, password);
  }

  async logOut(): Promise<void> {
    this.#token = null;
    this.#user = null;
    this.#state = { state: "signed-out", expired: false };
  }

  renamed(user: User): void {
    this.#user = user;
    this.#state = { state: "signed-in", user };
  }

  /** The service did not know the person any more: what is on the page stays. */
  refused(): void {
    this.#token = null;
    this.#state = { state: "signed-out", expired: this.#user !== null };
  }
}

async function sent<T>(path: string, body: unknown, headers: Record<string, string> = {}) {
  const url = new URL(`api/v1/${path}`, document.baseURI);
  const response = await fetch(url, {
    method: body === null ? "GET" : "POST",
    headers: { "Content-Type": "application/json", ...headers },
    ...(body === null ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw offline();
  });
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) throw problemOf(response, answer);
  return answer as T;
}
