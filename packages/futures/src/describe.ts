/** A value in a few words for an error text. Never throws and runs no getter of plain objects. */
export function brief(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(shorten(value));
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function")
    return value.name === "" ? "a function" : `function ${value.name}`;
  if (typeof value !== "object" || value === null) return String(value);
  try {
    if (value instanceof Error) return shorten(String(value));
    const { constructor } = value;
    return typeof constructor === "function" ? constructor.name : "Object";
  } catch {
    // A hostile object: a proxy or a `toString` that throws. Its text is not worth an error of its own.
    return "an object";
  }
}

/** The stack of an error, or a few words on what was thrown instead of one. */
export function details(thrown: unknown): string {
  try {
    return thrown instanceof Error && typeof thrown.stack === "string"
      ? thrown.stack
      : brief(thrown);
  } catch {
    return brief(thrown);
  }
}

/** `got "4" (string)`: how error texts show the value that they refuse. */
export function got(value: unknown): string {
  return value === null || value === undefined
    ? `got ${value}`
    : `got ${brief(value)} (${typeof value})`;
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
