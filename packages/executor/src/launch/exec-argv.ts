/*
 * Node's own flags, as workers inherit them.
 */

// `--input-type` is for the program that `node -e` or standard input gives: a worker that inherits
// it dies. A debugger's port belongs to the process that opened it: each child would fail to open it.
const NOT_INHERITED = /^--(?:input-type|inspect(?:-brk|-port|-wait)?)(?:=|$)/;

/** The program itself, in the argument behind. */
const PROGRAM = /^(?:-[pe]+|--eval|--print)$/;

const TAKES_VALUE = /^--(?:input-type|inspect-port)$/;

/**
 * The flags for a worker: those given, or undefined when Node itself shall hand on those of this
 * process. It does that better than a copy would: a thread refuses V8's flags in an explicit list.
 */
export function workerExecArgv(given: readonly string[] | undefined): string[] | undefined {
  if (given !== undefined) return [...given];
  const needsCopy = process.execArgv.some((flag) => NOT_INHERITED.test(flag));
  return needsCopy ? inheritableFlags() : undefined;
}

/** The flags of this process that make sense for another one. */
export function inheritableFlags(): string[] {
  return process.execArgv.filter((flag, i, flags) => {
    const previous = flags[i - 1] ?? "";
    return !(
      NOT_INHERITED.test(flag) ||
      PROGRAM.test(flag) ||
      PROGRAM.test(previous) ||
      TAKES_VALUE.test(previous)
    );
  });
}
