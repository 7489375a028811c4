import { Problem } from "../api/problem.ts";

type Work = () => Promise<unknown>;

/** What a form sends: whether it is on its way, and why it was refused the last time. */
export class Submission {
  #busy = $state(false);
  #problem = $state.raw<Problem | null>(null);
  #work: Work | null = null;

  constructor(problem: Problem | null = null) {
    this.#problem = problem;
  }

  get busy(): boolean {
    return this.#busy;
  }

  get problem(): Problem | null {
    return this.#problem;
  }

  /** The listener of a form: the browser itself sends nothing. */
  on(work: Work): (event: SubmitEvent) => Promise<void> {
    return (event) => {
      event.preventDefault();
      return this.send(work);
    };
  }

  async send(work: Work): Promise<void> {
    this.#work = work;
    this.#busy = true;
    this.#problem = null;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#problem = error;
    } finally {
      this.#busy = false;
    }
  }

  /** The same as the last time. */
  readonly again = (): void => {
    if (this.#work) void this.send(this.#work);
  };

  /** Another order is being written, which the refusal is not about. */
  forget(): void {
    this.#problem = null;
  }
}
