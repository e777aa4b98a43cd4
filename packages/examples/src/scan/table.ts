type Alignment = "left" | "right";

/** Lines of text with the columns of `rows` under their headings. Nothing for no rows. */
export function formatTable(
  columns: readonly (readonly [heading: string, alignment: Alignment])[],
  rows: readonly (readonly string[])[],
): string {
  if (rows.length === 0) return "";
  const lines = [columns.map(([heading]) => heading), ...rows];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  return lines
    .map((line) => {
      const cells = columns.map(([, alignment], i) => {
        const cell = line[i] ?? "";
        return alignment === "left" ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!);
      });
      return `  ${cells.join("  ").trimEnd()}\n`;
    })
    .join("");
}
