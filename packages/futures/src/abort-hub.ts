/** The listeners of one signal. Invariant: it listens to its signal exactly while it is in `hubs`, and then `listeners` is not empty. */
interface AbortHub {
  readonly listeners: Set<() => void>;
  readonly fire: () => void;
}

const hubs = new WeakMap<AbortSignal, AbortHub>();

/**
 * Calls `listener` once when `signal` aborts. Gives the function that stops listening.
 *
 * However many wait on one signal, it has one event listener: an `EventTarget` searches its whole
 * list at each addition and removal, and Node warns of a leak from the eleventh on.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const hub = hubs.get(signal) ?? openHub(signal);
  hub.listeners.add(listener);
  return () => {
    if (hub.listeners.delete(listener) && hub.listeners.size === 0) closeHub(signal, hub);
  };
}

function openHub(signal: AbortSignal): AbortHub {
  const listeners = new Set<() => void>();
  const hub: AbortHub = {
    listeners,
    fire() {
      closeHub(signal, hub);
      // Over the Set itself, not a copy: one listener's doing may end the wait of another, which is then
      // not to be told any more.
      for (const listener of listeners) {
        listeners.delete(listener);
        listener();
      }
    },
  };
  hubs.set(signal, hub);
  signal.addEventListener("abort", hub.fire);
  return hub;
}

function closeHub(signal: AbortSignal, hub: AbortHub): void {
  signal.removeEventListener("abort", hub.fire);
  hubs.delete(signal);
}
