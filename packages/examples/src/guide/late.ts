/** Returns at once, and leaves behind a timer that throws. */
export function leaveBehind(): string {
  setTimeout(() => {
    throw new Error("too late");
  }, 1);
  return "done";
}
