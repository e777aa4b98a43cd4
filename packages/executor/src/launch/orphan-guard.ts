import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import type { Socket } from "node:net";

/*
 * A child whose parent is killed learns of it on its event loop, and one that is busy never gets
 * there: it would go on for ever. (On Windows such children end with their parent.) So something
 * else has to wait for the parent's end:
 *
 *   "reaper"  one shell for all children of this thread, 1.6 MB, in a process group of its own
 *   "thread"  a thread in each child, 7–10 MB, where there is no shell
 */

/** What ends a busy child when its parent has been killed. */
export type OrphanGuard = "reaper" | "thread" | "none";

const SHELL = "/bin/sh";

/** The way that this machine offers. */
export function defaultOrphanGuard(): OrphanGuard {
  if (process.platform === "win32") return "none";
  return existsSync(SHELL) ? "reaper" : "thread";
}

/*
 * Reads `+ pid` and `- pid`; at the end of its input, which is the end of whoever wrote it, it kills
 * the pids that are left. Where there is `/proc` it compares the time at which a process started, as
 * its pid may belong to another one by then.
 */
const REAPER = `
trap '' INT TERM HUP
list=
start_of() {
  line=
  { read -r line < "/proc/$1/stat"; } 2>/dev/null
  set -- \${line##*) }
  start=\${20}
}
while read -r op pid; do
  case $op in
    +) start_of "$pid"; list="$list $pid:$start" ;;
    -) rest=
       for one in $list; do [ "\${one%%:*}" = "$pid" ] || rest="$rest $one"; done
       list=$rest ;;
  esac
done
for one in $list; do
  start_of "\${one%%:*}"
  [ "$start" = "\${one#*:}" ] && kill -9 "\${one%%:*}"
done
exit 0
`;

/** Times that the shell is started again after somebody has ended it. */
const RESTARTS = 3;

/** The one reaper of this thread. Runs while there are children to watch. */
class Reaper {
  // Invariant: there is a shell while there are pids, and it knows all of them, unless it has been
  // ended too often.
  readonly #pids = new Set<number>();
  #shell: ChildProcess | undefined;
  #restarts = 0;

  watch(pid: number): void {
    this.#pids.add(pid);
    if (this.#restarts > RESTARTS) return;
    if (this.#shell === undefined) this.#start();
    else this.#shell.stdin?.write(`+ ${pid}\n`);
  }

  /** The child has ended. Resolves when the shell has gone too, if this was the last child. */
  async forget(pid: number): Promise<void> {
    const shell = this.#shell;
    if (!this.#pids.delete(pid) || shell === undefined) return;
    shell.stdin?.write(`- ${pid}\n`);
    if (this.#pids.size > 0) return;
    this.#shell = undefined;
    shell.stdin?.end();
    if (shell.exitCode === null && shell.signalCode === null) await gone(shell);
  }

  #start(): void {
    const shell = spawn(SHELL, ["-c", REAPER], {
      stdio: ["pipe", "ignore", "ignore"],
      cwd: "/",
      env: {},
      // Ctrl-C is for the group of the parent.
      detached: true,
    });
    this.#shell = shell;
    shell.unref();
    (shell.stdin as Socket | null)?.unref();
    // Its end is what matters; a write that fails says the same.
    shell.stdin?.on("error", () => undefined);
    shell.on("error", () => this.#restart(shell));
    shell.on("exit", () => this.#restart(shell));
    for (const pid of this.#pids) shell.stdin?.write(`+ ${pid}\n`);
  }

  /** Somebody has ended the shell. */
  #restart(shell: ChildProcess): void {
    if (this.#shell !== shell) return;
    this.#shell = undefined;
    if (this.#pids.size === 0) return;
    if (this.#restarts++ < RESTARTS) this.#start();
    else {
      const message = "busy children will outlive this process if it is killed: their reaper ended";
      process.emitWarning(message, { code: "ERR_EXECUTOR_NO_REAPER" });
    }
  }
}

/** Resolves when a process has gone, or could not be started. */
function gone(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
}

export const reaper: Reaper = new Reaper();
