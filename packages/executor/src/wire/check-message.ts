import { ERROR, ROW_OUTCOMES, type WorkerMessage } from "./messages.ts";
import { SEQUENCE_MASK } from "./claims.ts";
import { PACKED } from "./packed.ts";
import { ProtocolError } from "./protocol-error.ts";

/**
 * Checks what is not ours to believe: user code and native add-ons can write where the worker does.
 *
 * @throws ProtocolError when it is no message of a worker
 */
export function checkWorkerMessage(message: unknown): WorkerMessage {
  if (isObject(message) && isWorkerMessage(message as WorkerMessage)) {
    return message as WorkerMessage;
  }
  throw new ProtocolError("a message is none of a worker");
}

function isWorkerMessage(message: WorkerMessage): boolean {
  switch (message.type) {
    case "ready":
      return true;
    case "started":
      return isSequence(message.sequence);
    case "initializer-failed":
    case "dying":
      return isObject(message.error);
    case "late-error":
      return isObject(message.error) && ["string", "undefined"].includes(typeof message.task);
    case "outcomes":
      return areOutcomes(message.outcomes) && isSequence(message.next) && areTimes(message.times);
    default:
      return false;
  }
}

function areOutcomes(outcomes: unknown): boolean {
  if (!Array.isArray(outcomes) || outcomes.length % 3 !== 0) return false;
  for (let i = 0; i < outcomes.length; i += 3) {
    if (!isKind(outcomes[i]) || !isSequence(outcomes[i + 2])) return false;
    const isPacked = (outcomes[i] & PACKED) !== 0;
    if (isPacked && !ArrayBuffer.isView(outcomes[i + 1])) return false;
    if (outcomes[i] === ERROR && !isObject(outcomes[i + 1])) return false;
    if (outcomes[i] === ROW_OUTCOMES && !Array.isArray(outcomes[i + 1])) return false;
  }
  return true;
}

function areTimes(times: unknown): boolean {
  return Array.isArray(times) && times.length % 3 === 0 && times.every(isDuration);
}

function isDuration(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value < Infinity;
}

/** Whether a number stands for a kind of outcome, packed or not. */
export function isKind(value: unknown): boolean {
  return typeof value === "number" && isIntegerUpTo(value & ~PACKED, ROW_OUTCOMES);
}

function isSequence(value: unknown): boolean {
  return isIntegerUpTo(value, SEQUENCE_MASK);
}

function isIntegerUpTo(value: unknown, most: number): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most;
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
