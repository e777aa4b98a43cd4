/** One step into a value: a property, or a place in a Map or Set. */
export type Step = string | { readonly of: "get" | "keys" | "values"; readonly at: unknown };

/** A path as a program would write it: `argument[0].users[3]["full name"].get("x")`. */
export function formatPath(root: string, steps: readonly Step[]): string {
  return root + steps.map(formatStep).join("");
}

function formatStep(step: Step): string {
  if (typeof step !== "string") {
    const at = typeof step.at === "string" ? JSON.stringify(step.at) : printable(step.at);
    return step.of === "get" ? `.get(${at})` : `.${step.of}()[${at}]`;
  }
  if (/^(?:0|[1-9]\d*)$/.test(step)) return `[${step}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(step)
    ? `.${step}`
    : `[${JSON.stringify(step)}]`;
}

function printable(key: unknown): string {
  if (typeof key === "number" || typeof key === "bigint" || typeof key === "boolean") {
    return String(key);
  }
  return key === null || key === undefined ? String(key) : "…";
}
