/** What comes from a worker is not what workers say: it cannot be relied on any more. */
export class ProtocolError extends Error {
  static {
    this.prototype.name = "ProtocolError";
  }
}
