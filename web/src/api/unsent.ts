/** Sound in the order it was recorded, kept until the service says that it has it. */
export class Unsent {
  #pieces: { at: number; bytes: Uint8Array<ArrayBuffer> }[] = [];
  #end = 0; // of all that was recorded
  #sent = 0;
  #received = 0;
  #isComplete = false;

  /** Up to here it need not be kept any more. */
  get received(): number {
    return this.#received;
  }

  get waiting(): number {
    return this.#end - this.#received;
  }

  /** All was sent, and no more comes. */
  get isEnded(): boolean {
    return this.#isComplete && this.#sent === this.#end;
  }

  add(bytes: Uint8Array<ArrayBuffer>): void {
    this.#pieces.push({ at: this.#end, bytes });
    this.#end += bytes.length;
  }

  /** The last piece was added. */
  end(): void {
    this.#isComplete = true;
  }

  arrived(total: number): void {
    this.#received = Math.max(this.#received, total);
    this.#pieces = this.#pieces.filter(({ at, bytes }) => at + bytes.length > this.#received);
  }

  /** Another connection begins where the service says. */
  goOnFrom(total: number): void {
    this.arrived(total);
    this.#sent = total;
  }

  /** What was not sent on this connection. */
  next(): Uint8Array<ArrayBuffer>[] {
    const pieces = this.#pieces
      .filter(({ at, bytes }) => at + bytes.length > this.#sent)
      .map(({ at, bytes }) => bytes.subarray(Math.max(0, this.#sent - at)));
    this.#sent = this.#end;
    return pieces;
  }
}
