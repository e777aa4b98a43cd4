/** A promise with its `resolve` and `reject`: `Promise.withResolvers`, which Node 20 lacks. */
export class Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T | PromiseLike<T>) => void;
  readonly reject: (reason: unknown) => void;

  constructor() {
    let resolvers: Pick<Deferred<T>, "resolve" | "reject"> | undefined;
    this.promise = new Promise((resolve, reject) => {
      resolvers = { resolve, reject };
    });
    // The executor function of a promise has run when the constructor returns.
    this.resolve = resolvers!.resolve;
    this.reject = resolvers!.reject;
  }
}
