/**
 * Figures that tests make, a line each, which `deno task torture` adds up.
 *
 * ```text
 * figure: mutants of lmdb = 20000
 * figure: memory above the budget = 12.3 MB at most
 * ```
 */

/** Prints how many there were; rounds are added up. */
export function counted(what: string, count: number): void {
  console.log(`figure: ${what} = ${count}`);
}

/** Prints the worst that was seen; of several rounds the worst counts. */
export function worst(what: string, value: number, unit: string): void {
  console.log(`figure: ${what} = ${value.toFixed(1)} ${unit} at most`);
}

/** Where random choices begin: the same seed makes the same ones. */
export const SEED = Number(Deno.env.get("GOROMDB_SEED") ?? 1);
