import { once } from "node:events";

/** The next warning of the process. */
export async function nextWarning(): Promise<Error & { code?: string; detail?: string }> {
  const [warning] = (await once(process, "warning")) as [Error];
  return warning;
}
