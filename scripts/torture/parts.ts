/**
 * What the program is tortured with: tests, and how much of each in one round.
 * They take the seed of their random choices from `GOROMDB_SEED`, and print
 * figures (`tests/figures.ts`).
 *
 * @module
 */

/** One kind of torture. */
export interface Part {
  /** The tests. */
  readonly files: readonly string[];
  /** Variables that tell them how much to do. */
  readonly env: Readonly<Record<string, string>>;
}

const FORMATS = [
  "bdb",
  "boltdb",
  "cdb",
  "gdbm",
  "lmdb",
  "memcachedb",
  "sqlite",
  "zip",
];

/** All parts, by name. */
export const PARTS: Readonly<Record<string, Part>> = {
  /** Damaged files of each format. */
  mutants: {
    files: FORMATS.map((format) => `tests/storage/${format}/fuzz_test.ts`),
    env: { GOROMDB_FUZZ: "5000" },
  },
  /** Damaged files that the check calls sound, held to that word. */
  soundness: {
    files: [...FORMATS, "json"]
      .map((format) => `tests/storage/${format}/soundness_test.ts`),
    env: { GOROMDB_MUTANTS: "5000" },
  },
  /** `kill -9` at random moments, and before each step of a load. */
  kills: {
    files: ["tests/e2e/crash_test.ts", "tests/loader/crash_test.ts"],
    env: { GOROMDB_CRASHES: "30" },
  },
  /** Files dropped between any two steps of a load. */
  races: { files: ["tests/loader/race_test.ts"], env: {} },
  /** Random requests, answered as the real servers do. */
  sequences: {
    files: [
      "tests/protocol/differential_test.ts",
      "tests/protocol/resp_differential_test.ts",
    ],
    env: { GOROMDB_DIFFERENTIAL: "10000" },
  },
  /** Random bytes in random pieces. */
  pieces: {
    files: [
      "tests/protocol/memcached_fuzz_test.ts",
      "tests/protocol/resp_fuzz_test.ts",
      "tests/protocol/http/fuzz_test.ts",
    ],
    env: { GOROMDB_FUZZ: "5000" },
  },
  /** Data sets that are swapped in under load. */
  swaps: { files: ["tests/e2e/soak_test.ts"], env: {} },
  /** Clients that mean harm. */
  strangers: {
    files: ["tests/e2e/hostile_test.ts", "tests/e2e/passwords_test.ts"],
    env: {},
  },
};
