/*
 * What piscina loads in a thread. It tries `require()` first, and Node (20 to 26) aborts the whole
 * program when a thread is terminated in the middle of requiring an ES module. An `import()` may be
 * interrupted at any time, so that this file is CommonJS and imports the rest.
 */
module.exports = async function connect(setup: unknown): Promise<void> {
  const { connectThread } = await import("./thread-main.ts");
  connectThread(setup as Parameters<typeof connectThread>[0]);
};
