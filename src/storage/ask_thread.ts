/**
 * A thread that is started for one request, and ends with it.
 *
 * @module
 */

/**
 * Starts a thread, asks it once, and ends it, and with it all memory that it
 * used.
 *
 * @param entry the thread's module; it answers one message with another.
 * @param doing what it is for: `opening data.db`.
 * @throws if the thread fails, or with the signal's reason when that aborts.
 */
export async function askThread<Reply>(
  entry: URL,
  doing: string,
  request: unknown,
  signal?: AbortSignal,
): Promise<Reply> {
  signal?.throwIfAborted();
  const worker = new Worker(entry, { type: "module", name: doing });
  const ended = new AbortController();
  try {
    return await new Promise<Reply>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(`${doing} failed: ${event.message}`));
      };
      signal?.addEventListener("abort", () => reject(signal.reason), {
        signal: ended.signal,
      });
      worker.postMessage(request);
    });
  } finally {
    ended.abort();
    worker.terminate();
  }
}
