/**
 * Which Redis this server answers like: clients decide by it what to send.
 *
 * @module
 */

/** The version that is compared with. */
export const REDIS_VERSION = "7.0.15";
