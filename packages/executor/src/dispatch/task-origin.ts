import type { ErrorContext } from "@concurrent/pickle";
import type { Task } from "../task.ts";
import { describeWorker } from "./lost.ts";
import type { Seat } from "./seat.ts";

/** Where an error comes from, put into words when there is one. */
export class TaskOrigin implements ErrorContext {
  readonly #seat: Seat;
  readonly #task: Task;

  constructor(seat: Seat, task: Task) {
    this.#seat = seat;
    this.#task = task;
  }

  get worker(): string {
    return describeWorker(this.#seat);
  }

  get task(): string {
    return this.#task.name;
  }

  get submitStack(): string | undefined {
    return this.#task.site?.frames;
  }
}
