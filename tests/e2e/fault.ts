/** One fault, met by the running program. */

import { assertEquals } from "@std/assert";
import { until } from "../temporary.ts";
import { Dropping, type DroppingOptions } from "./dropping.ts";

/** What goes wrong, what is said of it, and how it is mended. */
export interface Fault extends DroppingOptions {
  /** Makes it happen, while data set 1 is served. */
  happens(dropping: Dropping): Promise<void>;
  /** The one line that tells it; none: it is nothing to complain about. */
  told?: RegExp;
  /** Mends it, so that data set 2 is served. */
  mends?(dropping: Dropping): Promise<void>;
  /** Why it cannot be tried here. */
  skipped?: string | false;
}

/**
 * Tests that a fault changes nothing that is served, is told in one line, and
 * that the program goes on when it is mended, without a restart.
 */
export function fault(name: string, fault: Fault): void {
  Deno.test({
    name: `fault: ${name}`,
    ignore: Deno.build.os !== "linux",
    fn: () => {
      if (fault.skipped) {
        console.log(`skipped: ${fault.skipped}`);
        return;
      }
      return Dropping.run((dropping) => meet(dropping, fault), fault);
    },
  });
}

async function meet(dropping: Dropping, fault: Fault): Promise<void> {
  await fault.happens(dropping);
  if (fault.told !== undefined) {
    await until("it is told", () => dropping.complaints.length > 0);
    // Two looks later nothing more has been said.
    await new Promise((resolve) => setTimeout(resolve, 250));
    assertEquals(dropping.seen, [1]);
  }
  await fault.mends?.(dropping);
  await dropping.served(2);
  const told = dropping.complaints;
  assertEquals(told.length, fault.told === undefined ? 0 : 1, told.join("\n"));
  for (const line of told) {
    assertEquals(fault.told?.test(line), true, line);
    console.log(line);
  }
}

/** Whether a program can be run here, with these arguments. */
export function works(program: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(program, { args, stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
