/**
 * How often Deno's event loop looks for what has arrived at sockets.
 *
 * It always does when it has nothing else to do; but as long as it has, only once
 * in 61 rounds (`event_interval` of tokio, on which Deno stands). A client who
 * asks for much gives it something to do in each round, half a millisecond long:
 * others would be noticed after thirty.
 *
 * @module
 */

/** Read by Deno when it starts a thread. */
const VARIABLE = "DENO_TOKIO_EVENT_INTERVAL";

/** To look costs a microsecond. */
const ROUNDS = 4;

/**
 * Has threads that are started from now on look at sockets often, if the program
 * may set the variable, and its user has not.
 */
export function lookAtSocketsOften(): void {
  const name = { name: "env", variable: VARIABLE } as const;
  if (Deno.permissions.querySync(name).state !== "granted") return;
  if (!Deno.env.has(VARIABLE)) Deno.env.set(VARIABLE, String(ROUNDS));
}
