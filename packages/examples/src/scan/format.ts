const numbers = new Intl.NumberFormat("en-US");

/** `12,345` */
export function formatCount(count: number): string {
  return numbers.format(count);
}

/** `12.3 MB`; small ones in bytes or kB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1e3) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `12.3 s`; short ones in milliseconds. */
export function formatDuration(milliseconds: number): string {
  return milliseconds < 1e3
    ? `${milliseconds.toFixed(0)} ms`
    : `${(milliseconds / 1e3).toFixed(1)} s`;
}

/** `1:05`, in minutes and seconds. `-` when nobody knows. */
export function formatClock(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return "-";
  const seconds = Math.round(milliseconds / 1e3);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** MB/s, 0 for no time at all. */
export function megabytesPerSecond(bytes: number, milliseconds: number): number {
  return milliseconds > 0 ? bytes / 1e3 / milliseconds : 0;
}
