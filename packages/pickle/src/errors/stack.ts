/** Where an error came from, for its stack. */
export interface ErrorContext {
  /** The worker, as people call it: `worker thread 2`. */
  readonly worker?: string | undefined;
  /** The name of the task. */
  readonly task?: string | undefined;
  /** The stack of the call that submitted the task. */
  readonly submitStack?: string | undefined;
}

/** A stack that begins with the error's name and message, whatever they were when it was recorded. */
export function stackText(name: string, message: string, stack: string | undefined): string {
  const header = message === "" ? name : `${name}: ${message}`;
  if (stack === undefined) return header;
  // Node's own errors have their code in the header: `TypeError [ERR_X]: …`.
  const isNodes = stack.startsWith(`${name} [`) && stack.includes(`]: ${message}`);
  if (isNodes || stack.startsWith(`${header}\n`)) return stack;
  const frames = framesOf(stack, message);
  return frames === "" ? header : `${header}\n${frames}`;
}

/** The frames of the worker, a line that says which worker, the frames of the submitting call. */
export function withContext(stack: string, { worker, task, submitStack }: ErrorContext): string {
  const lines = [stack];
  if (worker !== undefined || task !== undefined) {
    const which = task === undefined ? "" : ` (task "${task}")`;
    lines.push(`    --- ${worker ?? "worker"}${which} ---`);
  }
  const frames = submitStack === undefined ? "" : framesOf(submitStack, "");
  if (frames !== "") lines.push(frames);
  return lines.join("\n");
}

/** The lines from the first `    at …` after the message, which may have several lines of its own. */
function framesOf(stack: string, message: string): string {
  const afterMessage = Math.max(0, stack.indexOf(message) + message.length);
  const start = /^[ \t]+at .*$/m.exec(stack.slice(message === "" ? 0 : afterMessage));
  return start ? start.input.slice(start.index) : "";
}
