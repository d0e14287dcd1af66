/**
 * How long a session goes on before others have their turn. That is told by the
 * work that it has done, not by a clock: what is counted costs an addition, can
 * be tested, and does not depend on how busy the machine is.
 *
 * A unit of work is about a nanosecond. The numbers were measured on a server of
 * 2020 at 2.5 GHz, by
 *
 * ```sh
 * GOROMDB_QUIET=1 deno test -A --no-check tests/protocol/turns_test.ts
 * ```
 *
 * which shows for each command what it is charged and how long it takes. A
 * charge that is too high ends a turn early, which costs some microseconds; one
 * that is too low makes others wait.
 *
 * @module
 */

/**
 * A turn ends with so much work, in units: half a millisecond, so that on a
 * machine that is half as fast it is not more than one.
 */
export const TURN_WORK = 500_000;

/**
 * A connection whose last turn had more work than this, in units, is not answered
 * when its next request arrives, but in turn with others of its kind: those who
 * ask for little do not wait for many who ask for much.
 */
export const HEAVY_WORK: number = TURN_WORK / 10;

/** What taking a request apart and finding its command costs, in units. */
export const REQUEST_WORK = 300;

/** What each argument of a request costs besides, in units. */
export const ARGUMENT_WORK = 25;

/** What a log-in costs besides, in units; the password is checked elsewhere. */
export const LOG_IN_WORK = 20_000;

/** What each byte of a text costs that is taken apart into strings, in units. */
export const TEXT_BYTE_WORK = 15;
