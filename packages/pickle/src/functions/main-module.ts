import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Scripts that have no file: `node -e`, standard input, the REPL, `worker_threads` with `eval`. */
const FILELESS =
  /^\[(?:eval|stdin|worker eval)\d*\]|^REPL\d*$|^evalmachine|\/\[(?:eval|stdin)\d*\]$/;

let mainNames: ReadonlySet<string> | undefined;

/**
 * Whether a script is the program's entry. Its functions never travel by reference: a worker would
 * have to import the entry, and the program would start again inside it.
 */
export function isMainModule(urlOrPath: string): boolean {
  mainNames ??= findMainNames();
  const withoutQuery = urlOrPath.replace(/[?#].*$/, "");
  return mainNames.has(urlOrPath) || mainNames.has(withoutQuery) || FILELESS.test(urlOrPath);
}

/** Every spelling of the entry: as given, resolved as Node did, without symbolic links, as a URL. */
function findMainNames(): Set<string> {
  const names = new Set<string>();
  const require = createRequire(join(process.cwd(), "/"));
  const entries = [process.argv[1], require.main?.filename];
  for (const entry of entries) {
    if (entry === undefined) continue;
    for (const path of [entry, resolved(require, entry), realPath(entry)]) {
      if (path === undefined) continue;
      const real = realPath(path) ?? path;
      for (const spelling of [path, real]) {
        names.add(spelling);
        names.add(pathToFileURL(spelling).href);
      }
    }
  }
  return names;
}

function resolved(require: NodeJS.Require, path: string): string | undefined {
  try {
    return require.resolve(path);
  } catch {
    // `argv[1]` need not be a file: launchers and `node -e` put other things there.
    return undefined;
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    // The same, and `--permission` may forbid the look.
    return undefined;
  }
}
