import { Problem, offline, problemOf } from "./problem.ts";
import { pauseOf } from "./resource.svelte.ts";
import type { components } from "./schema.d.ts";
import { inPageLanguage } from "./speaking.ts";

export type User = components["schemas"]["UserOut"];

type State =
  | { state: "starting" }
  | { state: "unreachable"; problem: Problem; retryAtMs: number } // tries again by itself
  | { state: "signed-out"; expired: boolean; problem: Problem | null; passwordCode: string | null }
  | { state: "signed-in"; user: User };

/** Who is signed in, by a cookie that no script can read. */
export class Session {
  #state = $state.raw<State>({ state: "starting" });
  #user: User | null = null;
  #code: string | null = null; // of a printed link, until the service has taken it
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  get now(): State {
    return this.#state;
  }

  get user(): User | null {
    return this.#state.state === "signed-in" ? this.#state.user : this.#user;
  }

  /** Whether credits are counted: not for the local account. */
  get isMetered(): boolean {
    return this.user?.metered ?? true;
  }

  /** The local account has no password, so it could not come back without another link. */
  get canLeave(): boolean {
    return this.user?.has_password ?? false;
  }

  get isAdmin(): boolean {
    return this.user?.role === "admin";
  }

  /** Whether a page has something for this account. */
  hasPage(name: string): boolean {
    return name === "admin" ? this.isAdmin : name !== "credits" || this.isMetered;
  }

  /** Signs in with the code of a printed link, or with the session of the browser. */
  async start(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      const passwordCode = taken("password-code");
      if (passwordCode) {
        this.#leave(null, passwordCode);
        return;
      }
      this.#code ??= taken("code");
      const code = this.#code;
      const opened = code ? await sent<User>("POST", "auth/session/code", { code }) : null;
      this.#code = null;
      const user = opened ?? (await sent<{ user: User | null }>("GET", "auth/session")).user;
      if (user) this.signedIn(user);
      else this.#leave(null);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#notStarted(error);
    }
  }

  /** Throws Problem. */
  async logIn(email: string, password: string): Promise<void> {
    this.signedIn(await sent<User>("POST", "auth/session", { email, password }));
  }

  /** Sets a password with the code of an invitation or a password link. Throws Problem. */
  async setPassword(code: string, password: string): Promise<void> {
    const body = { code, new_password: password };
    this.signedIn(await sent<User>("POST", "auth/session/password-code", body));
  }

  /** Throws Problem. */
  async register(email: string, password: string, fullName: string): Promise<void> {
    await sent("POST", "auth/register", { email, password, full_name: fullName });
    await this.logIn(email, password);
  }

  /** Throws Problem. Other devices are signed out. */
  async changePassword(current: string, next: string): Promise<void> {
    const body = { current_password: current, new_password: next };
    await sent("POST", "auth/session/password", body);
  }

  /** Throws Problem. */
  async logOut(): Promise<void> {
    await sent("DELETE", "auth/session");
    this.left();
  }

  /** The user has signed out. */
  left(): void {
    this.#user = null;
    this.#leave(null);
  }

  /** A user has signed in, or their account has changed. */
  signedIn(user: User): void {
    this.#user = user;
    this.#state = { state: "signed-in", user };
  }

  /** Asks the service whether the session has ended, after a failure without a readable answer. */
  async check(): Promise<void> {
    if (this.#state.state !== "signed-in") return;
    try {
      const { user } = await sent<{ user: User | null }>("GET", "auth/session");
      if (!user) this.refused();
    } catch (error) {
      if (!(error instanceof Problem)) throw error; // an unreachable service is shown elsewhere
    }
  }

  /** The session has ended at the service; the page keeps its contents. */
  refused(): void {
    this.#leave(null);
  }

  /** A service that restarts does not ask who is signed in to sign in again. */
  #notStarted(problem: Problem): void {
    const pauseMs = pauseOf(problem, this.#tries++);
    if (pauseMs === null) {
      this.#leave(problem);
      return;
    }
    this.#state = { state: "unreachable", problem, retryAtMs: Date.now() + pauseMs };
    this.#timer = setTimeout(() => void this.start(), pauseMs);
  }

  #leave(problem: Problem | null, passwordCode: string | null = null): void {
    this.#state = { state: "signed-out", expired: this.#user !== null, problem, passwordCode };
  }
}

/** The code in the fragment of the address, which is removed: it works once. */
function taken(name: string): string | null {
  const [key, code = null] = location.hash.slice(1).split("=");
  if (key !== name) return null;
  if (code) history.replaceState(history.state, "", location.pathname + location.search);
  return code;
}

async function sent<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(new URL(`api/v1/${path}`, document.baseURI), {
    method,
    headers: { "Content-Type": "application/json", ...inPageLanguage() },
    body: JSON.stringify(body), // of undefined: no body
  }).catch(() => {
    throw offline();
  });
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) throw problemOf(response, answer);
  return answer as T;
}
