import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { until } from "../support/gate.ts";
import type { Finished } from "./support.ts";

const PROGRAM = fileURLToPath(new URL("fixtures/exits.mjs", import.meta.url));

/** A running program of fixtures/exits.mjs, the leader of a process group of its own. */
export class Program implements Disposable {
  /** The processes that it has started. */
  readonly children: readonly number[];
  readonly #process: ChildProcess;
  readonly #finished: Promise<Finished>;
  readonly #output: () => string;

  private constructor(
    child: ChildProcess,
    finished: Promise<Finished>,
    output: () => string,
    children: number[],
  ) {
    this.#process = child;
    this.#finished = finished;
    this.#output = output;
    this.children = children;
  }

  /** Resolves when the program is ready. */
  static async start(...args: readonly string[]): Promise<Program> {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
    let stdout = "";
    const ready = new Promise<number[]>((resolve) => {
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
        stdout += chunk;
        const line = /^ready(.*)\n/.exec(stdout);
        if (line !== null) resolve(line[1]!.split(" ").filter(Boolean).map(Number));
      });
    });
    const closed = once(child.stdout, "close");
    const finished = Promise.all([exited, text(child.stderr), closed]).then(
      ([[exitcode, signal], stderr]) => ({ exitcode, signal, stdout, stderr }),
    );
    return new Program(child, finished, () => stdout, await ready);
  }

  /** Resolves when the program has written this line. */
  async said(line: string): Promise<void> {
    await until(() => this.#output().split("\n").includes(line));
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** As Ctrl-C in a terminal does. */
  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.#process.pid!, signal);
  }

  /** Resolves when the program has ended and nobody holds its streams any more. */
  async finished(): Promise<Omit<Finished, "stdout"> & { readonly lines: readonly string[] }> {
    const { stdout, ...rest } = await this.#finished;
    return { ...rest, lines: stdout.split("\n").slice(1, -1) };
  }

  /** Resolves when none of its children lives any more. */
  async orphansAreGone(): Promise<void> {
    await until(() => this.children.every((pid) => !isAlive(pid)));
  }

  [Symbol.dispose](): void {
    for (const pid of [this.#process.pid!, ...this.children]) {
      if (isAlive(pid)) process.kill(pid, "SIGKILL");
    }
  }
}

/** Whether a process runs. One that has ended and that nobody has asked after does not. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
