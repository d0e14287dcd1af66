/**
 * What the `memcached` package from npm makes of a server: prints JSON. It sets
 * `__proto__`, which Deno allows only with `--unsafe-proto`, so it has a process
 * of its own.
 */

import Memcached from "memcached";

const client = new Memcached(`127.0.0.1:${Deno.args[0]}`, {
  timeout: 5000,
  retries: 0,
});

type Callback = (error: Error | undefined, data: unknown) => void;

/** The error's message, or the data. */
function said(ask: (callback: Callback) => void): Promise<unknown> {
  return new Promise((resolve) =>
    ask((error, data) => resolve(error ? error.message : data))
  );
}

const outcomes = [
  await said((callback) => client.get("hit:k", callback)),
  await said((callback) => client.get("none", callback)) ?? "a miss",
];
const writes: ((callback: Callback) => void)[] = [
  (callback) => client.set("hit:k", "x", 10, callback),
  (callback) => client.add("w", "x", 10, callback),
  (callback) => client.append("hit:k", "x", callback),
  (callback) => client.del("hit:k", callback),
  (callback) => client.incr("hit:n", 1, callback),
  (callback) => client.touch("hit:k", 1, callback),
];
for (const write of writes) {
  outcomes.push(await said(write));
  outcomes.push(await said((callback) => client.get("hit:k", callback)));
}
outcomes.push(
  await said((callback) =>
    client.getMulti(["hit:k", "hit:n", "none"], callback)
  ),
);
outcomes.push(await said((callback) => client.gets("hit:k", callback)));
console.log(JSON.stringify(outcomes));
client.end();
