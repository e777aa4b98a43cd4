import { details } from "./describe.ts";

/** Reports what nobody is left to be told as an error: a process warning, or a line on the console. */
export function warn(code: string, message: string, thrown: unknown): void {
  const detail = details(thrown);
  if (typeof globalThis.process?.emitWarning === "function") {
    process.emitWarning(message, { type: "FuturesWarning", code, detail });
  } else {
    console.error(`[${code}] ${message}\n${detail}`);
  }
}
