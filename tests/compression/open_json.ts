/**
 * Opens a JSON file, and prints what came of it and how much memory it took:
 * in a process of its own, because others would be counted, too.
 */

import { JsonStorage } from "../../src/storage/json/json.ts";

const [path, maxUnpacked] = Deno.args;

/** A number of `/proc/self/status`, in bytes. */
function status(name: string): number {
  const text = Deno.readTextFileSync("/proc/self/status");
  return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)![1]) * 1024;
}

Deno.writeTextFileSync("/proc/self/clear_refs", "5"); // a new peak
const before = status("VmRSS");
const message = await new JsonStorage()
  .open(path, { maxUnpacked: Number(maxUnpacked) })
  .then(() => "opened", (error) => error.message);
console.log(JSON.stringify({ message, peak: status("VmHWM") - before }));
