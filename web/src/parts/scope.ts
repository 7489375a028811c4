/** Owns what a page or a part opened: leaving disposes of all of it, in the reverse order. */
export class Scope {
  #endings: (() => void)[] = [];
  #controller = new AbortController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  add(ending: () => void): void {
    if (this.signal.aborted) ending();
    else this.#endings.push(ending);
  }

  listen<E extends Event>(target: EventTarget, type: string, listener: (event: E) => void): void {
    target.addEventListener(type, listener as (event: Event) => void, { signal: this.signal });
  }

  every(ms: number, run: () => void): void {
    const timer = setInterval(run, ms);
    this.add(() => clearInterval(timer));
  }

  dispose(): void {
    this.#controller.abort();
    for (const ending of this.#endings.splice(0).reverse()) ending();
  }
}
