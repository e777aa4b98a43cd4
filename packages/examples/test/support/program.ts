import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../dist/scan/main.js", import.meta.url));

/** The scan as a program of its own, at the head of a process group of its own. */
export class Program {
  stdout = "";
  stderr = "";
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown[]>;
  readonly #stderr: Readable;

  constructor(...args: string[]) {
    const child = spawn(process.execPath, [main, ...args], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.#stderr = child.stderr;
    this.#closed = once(child, "close");
    child.stdout.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
  }

  /** Resolves when standard error matches; rejects when it has ended and does not. */
  async saw(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.stderr)) {
      const ended = await Promise.race([
        once(this.#stderr, "data"),
        this.#closed.then(() => "ended"),
      ]);
      if (ended === "ended" && !pattern.test(this.stderr)) {
        throw new Error(`no ${String(pattern)} in: ${this.stderr}`);
      }
    }
  }

  /** As the terminal does on Ctrl-C: to the program and to all its children. */
  interrupt(): void {
    process.kill(-this.#child.pid!, "SIGINT");
  }

  /** The exit code, or the name of the signal that ended the program. */
  async exit(): Promise<unknown> {
    const [code, signal] = await this.#closed;
    return signal ?? code;
  }

  /** Whether the program or any child of it is there. */
  isAnyoneLeft(): boolean {
    try {
      return process.kill(-this.#child.pid!, 0);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
      throw error;
    }
  }
}

/** Runs the program to its end. */
export async function scan(
  ...args: string[]
): Promise<{ exit: unknown; stdout: string; stderr: string }> {
  const program = new Program(...args);
  const exit = await program.exit();
  return { exit, stdout: program.stdout, stderr: program.stderr };
}
