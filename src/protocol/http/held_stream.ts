/**
 * Long answers: read from the data set piece by piece, as the client takes them.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";

/** What is shorter than this, in bytes, is answered in one piece. */
export const PIECE: number = 1024 * 1024;

/**
 * For so many milliseconds a client may go on reading an answer from a data set
 * that has been replaced; then it is cut off, so that the memory can be freed.
 */
const RETIRED_LIMIT = 10_000;

/** How often to look whether it has been replaced, in milliseconds. */
const CHECK = 1000;

/**
 * Streams pieces that are read from a data set, and holds it until the last.
 *
 * @param pieces is asked for a piece when the client is ready for it.
 * @param onError is told of an error that cuts the stream off.
 */
export function heldStream(
  data: DataSet,
  pieces: Iterator<Uint8Array<ArrayBuffer>>,
  onError: (error: unknown) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  data.hold();
  let held = true;
  const letGo = () => {
    if (!held) return;
    held = false;
    clearInterval(timer);
    data.release();
  };
  let cutOff = () => {};
  const timer = setInterval(() => {
    const { retiredAt } = data;
    if (retiredAt !== 0 && Date.now() - retiredAt > RETIRED_LIMIT) cutOff();
  }, CHECK);

  return new ReadableStream({
    start(controller) {
      cutOff = () => {
        letGo();
        controller.error(new Error("the data set has been replaced"));
      };
    },
    pull(controller) {
      try {
        const { done, value } = pieces.next();
        if (!done) return controller.enqueue(value);
        letGo();
        controller.close();
      } catch (error) {
        letGo();
        controller.error(error);
        onError(error);
      }
    },
    cancel: letGo,
  }, { highWaterMark: 0 });
}
