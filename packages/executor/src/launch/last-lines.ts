/** Bytes of the end of a stream that are kept. */
const LIMIT = 8_192;

/** The end of what a stream has carried. */
export class LastLines {
  #kept: Buffer = Buffer.alloc(0);

  push(bytes: Buffer): void {
    const all = Buffer.concat([this.#kept, bytes]);
    this.#kept = all.length > LIMIT ? all.subarray(-LIMIT) : all;
  }

  toString(): string {
    return this.#kept.toString("utf8").trimEnd();
  }
}
