import { spawn, type ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { Agent, request, type ClientRequest, type IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { ExecutorStats } from "@concurrent/executor";
import { describe, expect, it } from "vitest";
import { parseOptions } from "../dist/service/options.js";

const MAIN = fileURLToPath(new URL("../dist/service/main.js", import.meta.url));
const kinds = ["threads", "processes"] as const;
const timeout = 60_000;

/** Rounds that no test waits for. */
const FOREVER = 1e15;

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfter: string | undefined;
}

interface Stats {
  readonly accepted: number;
  readonly answered: number;
  readonly pool: ExecutorStats;
}

/** The service as a program of its own, at the head of a process group of its own. */
class RunningService implements AsyncDisposable {
  stdout = "";
  stderr = "";
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown[]>;
  readonly #agent = new Agent({ keepAlive: true });
  #port = 0;

  private constructor(args: readonly string[]) {
    const child = spawn(process.execPath, [MAIN, "--port", "0", ...args], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    this.#closed = once(child, "close");
    child.stdout.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
  }

  /** Resolves when it listens. */
  static async start(...args: readonly string[]): Promise<RunningService> {
    const service = new RunningService(args);
    await service.printed("listening on ");
    service.#port = Number(/:(\d+)\n/.exec(service.stdout)?.[1]);
    return service;
  }

  async printed(text: string): Promise<void> {
    await until(() => this.stdout.includes(text) || this.#process.exitCode !== null);
    if (!this.stdout.includes(text)) throw new Error(`no "${text}" but ${this.stderr}`);
  }

  /** A request that has not been ended yet. */
  open(method: string, path: string): ClientRequest {
    return request({ agent: this.#agent, host: "127.0.0.1", port: this.#port, method, path });
  }

  async post(path: string, body: Buffer | string = ""): Promise<Answer> {
    return answerTo(this.open("POST", path).end(body));
  }

  async stats(): Promise<Stats> {
    return (await answerTo(this.open("GET", "/stats").end())).body as Stats;
  }

  /** Resolves when the pool is as described. */
  async poolIs(expected: Partial<ExecutorStats>): Promise<void> {
    const wanted = Object.entries(expected);
    await until(async () => {
      const now = Object.entries((await this.stats()).pool);
      return wanted.every(([name, value]) => now.some(([n, v]) => n === name && v === value));
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** As Ctrl-C in a terminal does: to the service and to its children. */
  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.#process.pid!, signal);
  }

  /** The exit code, or the name of the signal that ended it. */
  async exit(): Promise<unknown> {
    const [code, signal] = await this.#closed;
    return signal ?? code;
  }

  /** The processes that it has started. Known on Linux only. */
  get children(): number[] {
    const tasks = `/proc/${this.#process.pid}/task`;
    if (!existsSync(tasks)) return [];
    return readdirSync(tasks)
      .flatMap((task) => readFileSync(`${tasks}/${task}/children`, "utf8").split(" "))
      .filter((pid) => pid !== "")
      .map(Number);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    this.#process.kill("SIGKILL");
    await this.#closed;
  }
}

/** Resolves when the condition holds; looks again and again. The test's timeout limits it. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(5);
}

async function answerTo(sent: ClientRequest): Promise<Answer> {
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const { statusCode: status = 0, headers } = response;
  return { status, body: await json(response), retryAfter: headers["retry-after"] };
}

/** What the service should compute, by other code. */
function stretched(body: Buffer, rounds: number): string {
  let digest = body;
  for (let i = 0; i < rounds; i++) digest = createHash("sha256").update(digest).digest();
  return digest.toString("hex");
}

/** Whether a process runs. One that has ended and that nobody has asked after does not. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Sends requests, `inFlight` at a time, until all are sent. Gives what came of each. */
async function load(
  service: RunningService,
  { requests, inFlight, onAnswer }: { requests: number; inFlight: number; onAnswer: () => void },
): Promise<("right" | "refused" | { wrong: unknown })[]> {
  const outcomes: ("right" | "refused" | { wrong: unknown })[] = [];
  let sent = 0;
  async function client(): Promise<void> {
    while (sent++ < requests) {
      const body = randomBytes(1 + ((sent * 37) % 5_000));
      const rounds = 500 + ((sent * 101) % 2_000);
      try {
        const answer = await service.post(`/stretch?rounds=${rounds}`, body);
        const expected = { status: 200, body: { digest: stretched(body, rounds) } };
        const isRight = answer.status === 200 && sameJson(answer.body, expected.body);
        outcomes.push(isRight ? "right" : { wrong: answer });
        onAnswer();
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        const isRefused = code === "ECONNREFUSED" || code === "ECONNRESET";
        outcomes.push(isRefused ? "refused" : { wrong: error });
      }
    }
  }
  await Promise.all(Array.from({ length: inFlight }, client));
  return outcomes;
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

describe.skipIf(process.platform === "win32")("a service under load", { timeout }, () => {
  it.each([
    ["threads", "SIGTERM"],
    ["processes", "SIGTERM"],
    ["processes", "SIGINT"],
  ] as const)("on %s that gets %s loses nothing", async (kind, signal) => {
    await using service = await RunningService.start("--executor", kind);
    let children: number[] = [];
    let answers = 0;
    const outcomes = await load(service, {
      requests: 300,
      inFlight: 20,
      onAnswer: () => {
        if (++answers !== 100) return;
        children = service.children;
        if (signal === "SIGINT") service.signalGroup(signal);
        else service.signal(signal);
      },
    });
    expect(await service.exit()).toBe(0);

    const right = outcomes.filter((outcome) => outcome === "right").length;
    const refused = outcomes.filter((outcome) => outcome === "refused").length;
    expect(outcomes.filter((outcome) => typeof outcome === "object")).toEqual([]);
    expect(right).toBeGreaterThanOrEqual(100);
    expect(refused).toBeGreaterThan(0);
    // Whatever it began, it has answered, and the answers have arrived.
    expect(service.stdout.split("\n").slice(1)).toEqual([
      `stopping on ${signal}`,
      `stopped: ${right} accepted, ${right} answered`,
      "",
    ]);
    expect(service.stderr).toBe("");
    const hasChildren = process.platform === "linux" && kind === "processes";
    expect(children.length > 0).toBe(hasChildren);
    expect(children.filter(isAlive)).toEqual([]);
  });
});

describe.skipIf(process.platform === "win32")("a service that stops", { timeout }, () => {
  it("waits for the rest of a body", async () => {
    await using service = await RunningService.start();
    const half = service.open("POST", "/stretch?rounds=2");
    half.write("a");
    await until(async () => (await service.stats()).accepted === 1);
    service.signal("SIGTERM");
    await service.printed("stopping");
    half.end("b");
    expect(await answerTo(half)).toMatchObject({
      status: 200,
      body: { digest: stretched(Buffer.from("ab"), 2) },
    });
    expect(await service.exit()).toBe(0);
    expect(service.stdout).toContain("stopped: 1 accepted, 1 answered");
  });

  it.each(kinds)(
    "answers 503 to what is not done in time, running or waiting, on %s",
    async (kind) => {
      const options = ["--executor", kind, "--workers", "1", "--stop-timeout", "50"];
      await using service = await RunningService.start(...options);
      const running = service.post(`/stretch?rounds=${FOREVER}`);
      await service.poolIs({ running: 1 });
      const waiting = service.post(`/stretch?rounds=${FOREVER}`);
      await service.poolIs({ running: 1, queued: 1 });
      const { children } = service;
      service.signal("SIGTERM");
      const answers = [await waiting, await running];
      expect(answers).toMatchObject([{ status: 503 }, { status: 503 }]);
      expect(await service.exit()).toBe(0);
      expect(service.stdout).toContain("stopped: 2 accepted, 2 answered");
      expect(children.filter(isAlive)).toEqual([]);
    },
  );

  it("does not wait longer than that for a client that never sends its body", async () => {
    await using service = await RunningService.start("--stop-timeout", "50");
    const half = service.open("POST", "/stretch");
    const failed = once(half, "error");
    half.write("a");
    await until(async () => (await service.stats()).accepted === 1);
    service.signal("SIGTERM");
    expect(await service.exit()).toBe(0);
    expect(await failed).toMatchObject([{ code: "ECONNRESET" }]);
    expect(service.stdout).toContain("stopped: 1 accepted, 0 answered");
  });

  it("ends at once on a second signal", async () => {
    await using service = await RunningService.start("--executor", "processes");
    const lost = service.post(`/stretch?rounds=${FOREVER}`).catch((error: unknown) => error);
    await service.poolIs({ running: 1 });
    const { children } = service;
    service.signal("SIGTERM");
    await service.printed("stopping");
    service.signal("SIGTERM");
    expect(await service.exit()).toBe("SIGTERM");
    expect(await lost).toMatchObject({ code: "ECONNRESET" });
    await until(() => !children.some(isAlive));
  });
});

describe.each(kinds)("a service on %s", { timeout }, (kind) => {
  it("stops the task of a client that has gone, and keeps the worker", async () => {
    await using service = await RunningService.start("--executor", kind, "--workers", "1");
    const leaving = service.open("POST", `/stretch?rounds=${FOREVER}`).end();
    leaving.on("error", () => undefined);
    await service.poolIs({ running: 1 });
    leaving.destroy();
    // Idle again: it is this worker that has stopped, as no other one was needed since.
    await service.poolIs({ running: 0, cancelled: 1, workers: 1, idle: 1, restarts: 0 });
    expect(await service.post("/stretch?rounds=1", "a")).toMatchObject({ status: 200 });
    expect(service.stderr).toBe("");
  });

  it("answers 504 to a task that takes too long", async () => {
    await using service = await RunningService.start("--executor", kind, "--task-timeout", "100");
    expect(await service.post(`/stretch?rounds=${FOREVER}`)).toMatchObject({
      status: 504,
      body: { error: "ERR_FUTURES_TIMEOUT" },
    });
    expect(await service.post("/stretch?rounds=1", "a")).toMatchObject({ status: 200 });
  });

  it("answers 503 when too many wait, and takes the next when they do not", async () => {
    const options = ["--executor", kind, "--workers", "1", "--max-queued", "2"];
    await using service = await RunningService.start(...options);
    const waiting: ClientRequest[] = [];
    for (const expected of [{ running: 1 }, { queued: 1 }, { queued: 2 }]) {
      waiting.push(service.open("POST", `/stretch?rounds=${FOREVER}`).end());
      waiting.at(-1)!.on("error", () => undefined);
      await service.poolIs(expected);
    }
    expect(await service.post("/stretch")).toEqual({
      status: 503,
      retryAfter: "1",
      body: { error: "too many requests are waiting" },
    });
    for (const one of waiting) one.destroy();
    await service.poolIs({ running: 0, queued: 0, cancelled: 3 });
    expect(await service.post("/stretch?rounds=1", "a")).toMatchObject({ status: 200 });
  });

  it("answers 500 to a task that kills its worker, and lives", async () => {
    await using service = await RunningService.start("--executor", kind, "--crash");
    expect(await service.post("/crash")).toMatchObject({
      status: 500,
      body: { error: "ERR_EXECUTOR_WORKER_CRASHED" },
    });
    expect(await service.post("/stretch?rounds=1", "a")).toMatchObject({ status: 200 });
    expect((await service.stats()).pool).toMatchObject({ crashes: 1, failed: 1, completed: 1 });
    expect(service.stderr).toContain("exit code 70");
  });
});

describe("a service", { timeout }, () => {
  it("refuses what it cannot use, without troubling the pool", async () => {
    await using service = await RunningService.start();
    const answers = [
      await service.post("/stretch?rounds=many"),
      await service.post("/stretch", Buffer.alloc(1_000_001)),
      await service.post("/crash"),
      await service.post("//"),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 413, 404, 404]);
    expect((await service.stats()).pool.workers).toBe(0);
  });

  it.each([
    [["--port=-1"], '--port must be an integer of at least 0, got "-1"'],
    [["--workers", ""], '--workers must be an integer of at least 1, got ""'],
    [["--executor", "fibers"], '--executor must be threads or processes, got "fibers"'],
    [["--frobnicate"], "--frobnicate"],
  ])("refuses the options %j", (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});
