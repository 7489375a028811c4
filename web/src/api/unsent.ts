/** Recorded audio in order, kept until the service confirms that it has it. */
export class Unsent {
  #pieces: { at: number; bytes: Uint8Array<ArrayBuffer> }[] = [];
  #end = 0; // of all that was recorded
  #sent = 0;
  #received = 0;
  #isComplete = false;

  /** Drops audio up to here. */
  get received(): number {
    return this.#received;
  }

  get waiting(): number {
    return this.#end - this.#received;
  }

  /** Whether everything was sent and nothing will follow. */
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

  /** A new connection starts at the offset of the service. */
  goOnFrom(total: number): void {
    this.arrived(total);
    this.#sent = total;
  }

  /** The audio that was not sent on this connection. */
  next(): Uint8Array<ArrayBuffer>[] {
    const pieces = this.#pieces
      .filter(({ at, bytes }) => at + bytes.length > this.#sent)
      .map(({ at, bytes }) => bytes.subarray(Math.max(0, this.#sent - at)));
    this.#sent = this.#end;
    return pieces;
  }
}
