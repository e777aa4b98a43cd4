import type { IncomingMessage } from "node:http";

/** Bytes of a body at the most. */
const MAX_BODY = 1_000_000;

/** A request that gets another answer than what it asks for. */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** @throws Refusal for what is not a number of rounds */
export function readRounds(query = ""): number {
  const text = new URLSearchParams(query).get("rounds") ?? "1000";
  const rounds = Number(text);
  if (Number.isSafeInteger(rounds) && rounds > 0) return rounds;
  throw new Refusal(400, `rounds must be a positive integer, got "${text}"`);
}

/** @throws Refusal when there is too much of it, and any error of the connection */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // What is still to come is not read: this connection is of no use any more.
    if (size > MAX_BODY) throw new Refusal(413, "the body is too large", { Connection: "close" });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
