import type { IncomingMessage, ServerResponse } from "node:http";
import type { ExecutorView } from "@concurrent/futures";
import { isFuturesError } from "@concurrent/futures";
import type { PoolExecutor } from "@concurrent/executor";
import type { ServiceOptions } from "./options.ts";
import { Refusal, readBody, readRounds } from "./request.ts";
import { crash, stretch } from "./work.ts";

/** What a client is told when its task fails. Whatever else goes wrong is a 500. */
const STATUS_OF: Readonly<Record<string, number>> = {
  ERR_FUTURES_TIMEOUT: 504,
  // Not by the client, which would not be there to read it: the service stops.
  ERR_FUTURES_CANCELLED: 503,
  ERR_EXECUTOR_SHUTDOWN: 503,
};

/**
 * Answers requests with what the pool computes.
 *
 *   POST /stretch?rounds=N   the body, hashed N times: { "digest": … }
 *   POST /crash              kills a worker, if the options allow it
 *   GET /stats               what the service and its pool are doing
 */
export class Service {
  /** Requests for work, and how many of them were answered in full. */
  accepted = 0;
  answered = 0;
  /** Set when the service is told to stop: answers then end their connections. */
  isStopping = false;
  readonly #pool: PoolExecutor;
  readonly #options: ServiceOptions;

  constructor(pool: PoolExecutor, options: ServiceOptions) {
    this.#pool = pool;
    this.#options = options;
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const [path, query] = (request.url ?? "").split("?", 2);
    const route = `${request.method} ${path}`;
    if (route === "POST /stretch") {
      void this.#work(response, async (signal) => {
        const rounds = readRounds(query);
        const body = await readBody(request);
        return { digest: await this.#view(signal).run(stretch, body, rounds) };
      });
    } else if (route === "POST /crash" && this.#options.crash) {
      void this.#work(response, (signal) => this.#view(signal).run(crash));
    } else if (route === "GET /stats") {
      const { accepted, answered } = this;
      this.#answer(response, 200, { accepted, answered, pool: this.#pool.stats() });
    } else {
      this.#answer(response, 404, { error: `there is no ${route}` });
    }
  };

  async #work(
    response: ServerResponse,
    compute: (signal: AbortSignal) => Promise<unknown>,
  ): Promise<void> {
    this.accepted++;
    response.on("finish", () => this.answered++);
    const gone = new AbortController();
    // Comes after a complete answer as well. The task is done then, and nothing happens.
    response.on("close", () => gone.abort(new Error("the client has gone")));
    try {
      this.#answer(response, 200, await compute(gone.signal));
    } catch (error) {
      if (!gone.signal.aborted) this.#refuse(response, error);
    }
  }

  /** The pool, for a task that nobody wants any more once `signal` aborts. */
  #view(signal: AbortSignal): ExecutorView {
    if (this.#pool.stats().queued >= this.#options.maxQueued) {
      throw new Refusal(503, "too many requests are waiting", { "Retry-After": "1" });
    }
    return this.#pool.withOptions({ signal, timeout: this.#options.taskTimeout });
  }

  #refuse(response: ServerResponse, error: unknown): void {
    if (error instanceof Refusal) {
      this.#answer(response, error.status, { error: error.message }, error.headers);
      return;
    }
    const code = isFuturesError(error) ? error.code : undefined;
    const status = STATUS_OF[code ?? ""] ?? 500;
    if (status === 500) console.error(error);
    this.#answer(response, status, { error: code ?? "internal error" });
  }

  #answer(
    response: ServerResponse,
    status: number,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    if (this.isStopping) response.setHeader("Connection", "close");
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(`${JSON.stringify(body)}\n`);
  }
}
