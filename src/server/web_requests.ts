/**
 * What is told of requests of HTTP that another protocol has got.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { plainAddress } from "../access/network.ts";

const logger = getLogger(["goromdb", "server"]);

/** It is told once in so many milliseconds, as Redis does. */
const SILENCE_MS = 60_000;

/** Makes a function that tells of them now and then. */
export function webRequestReporter(): (address: string) => void {
  let toldAt = -Infinity;
  return (address) => {
    const now = performance.now();
    if (now - toldAt < SILENCE_MS) return;
    toldAt = now;
    logger.warn(
      "possible attack: a web request (POST or Host:) from {address} to the Redis protocol, as a browser sends it that was tricked into that; its connection was closed",
      { address: plainAddress(address) },
    );
  };
}
