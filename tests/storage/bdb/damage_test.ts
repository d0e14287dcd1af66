import { assert, assertEquals } from "@std/assert";
import { openBdb } from "../../../src/storage/bdb/bdb.ts";
import { DataFileError, Value } from "../../../src/storage/storage.ts";
import { fixturePath } from "../../fixtures.ts";

// From Berkeley DB's db_page.h.
const FREE = 28, FLAGS = 48, MAX_BUCKET = 72, ROOT = 88, SPARES = 96;
const PREV_PGNO = 12, NEXT_PGNO = 16, ENTRIES = 20, HF_OFFSET = 22;
const LEVEL = 24, TYPE = 25, INDEX = 26, B_TYPE = 2;
const P_IBTREE = 3, P_LBTREE = 5, P_OVERFLOW = 7, P_HASH = 13;

/** A little-endian fixture that is to be damaged. */
class Patient {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  readonly size: number;

  constructor(readonly file: string) {
    this.bytes = Deno.readFileSync(fixturePath(file));
    this.view = new DataView(this.bytes.buffer);
    this.size = this.view.getUint32(20, true);
  }

  /** Where the pages of a type are. */
  pages(type: number): number[] {
    const pages = [];
    for (let at = this.size; at < this.bytes.length; at += this.size) {
      if (this.bytes[at + TYPE] === type) pages.push(at);
    }
    return pages;
  }

  /** Where an item of a page is. */
  item(page: number, item: number): number {
    return page + this.view.getUint16(page + INDEX + 2 * item, true);
  }

  set16(at: number, value: number): void {
    this.view.setUint16(at, value, true);
  }

  set32(at: number, value: number): void {
    this.view.setUint32(at, value, true);
  }

  /** What gets say, of the keys of the sound file and of some it has not. */
  gets(): string[] {
    const sound = openBdb(new Patient(this.file).bytes, this.file, {});
    const damaged = openBdb(this.bytes, this.file, {});
    const value = new Value();
    return problemsOf(function* () {
      for (const { key } of sound.entries()) {
        const longer = new Uint8Array([...key, 0]);
        yield () => damaged.find(longer, 0, key.length, value);
        yield () => damaged.find(longer, 0, longer.length, value);
      }
    }());
  }

  /** What the checker says. */
  faults(): string[] {
    const faults = openBdb(this.bytes, this.file, {}).check();
    return [...faults].map(({ place, problem }) => `${place}: ${problem}`);
  }
}

function problemsOf(attempts: Iterable<() => void>): string[] {
  const problems = new Set<string>();
  for (const attempt of attempts) {
    try {
      attempt();
    } catch (error) {
      if (!(error instanceof DataFileError)) throw error;
      problems.add(error.problem);
    }
  }
  return [...problems];
}

function assertSome(problems: string[], expected: RegExp): void {
  assert(
    problems.some((problem) => expected.test(problem)),
    `${expected} is not among ${JSON.stringify(problems.slice(0, 9))}`,
  );
}

/** Damage that both a get and the checker come upon. */
const cases: [string, string, (patient: Patient) => void, RegExp][] = [
  [
    "a root behind the end of the file",
    "bdb/bt-sorted.db",
    (patient) => patient.set32(ROOT, 1000),
    /^page 0: refers to page 1000, and the last one is 7$/,
  ],
  [
    "a descent that comes back to its root",
    "bdb/bt-sorted.db",
    (patient) => {
      const [root] = patient.pages(P_IBTREE);
      patient.set32(patient.item(root, 1) + 4, root / patient.size);
    },
    /^page 1: is of type 3 at level 2, where page 1 has level 1 of a tree$/,
  ],
  [
    "a leaf in the place of another",
    "bdb/bt-sorted.db",
    (patient) => {
      const [one, other] = patient.pages(P_LBTREE);
      patient.bytes.copyWithin(other, one, one + patient.size);
    },
    /bears the number/,
  ],
  [
    "a leaf at a level of its own",
    "bdb/bt-sorted.db",
    (patient) => patient.bytes[patient.pages(P_LBTREE)[1] + LEVEL] = 9,
    /is of type 5 at level 9/,
  ],
  [
    "more items than a page has room for",
    "bdb/bt-sorted.db",
    (patient) => patient.set16(patient.pages(P_LBTREE)[1] + ENTRIES, 65_534),
    /has no room for its 65534 items/,
  ],
  [
    "a key that is longer than its page",
    "bdb/bt-sorted.db",
    (patient) => {
      const [, leaf] = patient.pages(P_LBTREE);
      for (let item = 0; item < 8; item += 2) {
        patient.set16(patient.item(leaf, item), 0xfff0);
      }
    },
    /there cannot be such an item at offset/,
  ],
  [
    "a chain of overflow pages that comes back to its beginning",
    "bdb/bt-overflow.db",
    (patient) => {
      for (const page of patient.pages(P_OVERFLOW)) {
        const next = patient.view.getUint32(page + NEXT_PGNO, true);
        if (next !== 0) patient.set32(page + NEXT_PGNO, page / patient.size);
      }
    },
    /does not name page \d+ as the one before/,
  ],
  [
    "an overflow page that claims to hold nothing",
    "bdb/bt-overflow.db",
    (patient) => {
      for (const page of patient.pages(P_OVERFLOW)) {
        patient.set16(page + HF_OFFSET, 0);
      }
    },
    /cannot have 0 of the \d+ bytes left/,
  ],
  [
    "a bucket on a page behind the end of the file",
    "bdb/h-512-many.db",
    (patient) => patient.set32(SPARES + 4 * 5, 5000),
    /^page 0: refers to page 50\d\d, and the last one is 40$/,
  ],
  [
    "a bucket whose pages come back to the first",
    "bdb/h-full.db",
    (patient) => {
      for (const page of patient.pages(P_HASH)) {
        if (patient.view.getUint32(page + PREV_PGNO, true) === 0) continue;
        patient.set32(page + NEXT_PGNO, page / patient.size);
      }
    },
    /does not name page \d+ as the one before/,
  ],
  [
    "hash items that begin behind their page",
    "bdb/h-512-many.db",
    (patient) => {
      for (const page of patient.pages(P_HASH)) {
        const entries = patient.view.getUint16(page + ENTRIES, true);
        const index = page + INDEX;
        patient.bytes.fill(0xfe, index, index + 2 * entries);
      }
    },
    /there cannot be such an item at offset 65278/,
  ],
];

for (const [name, file, damage, problem] of cases) {
  Deno.test(`${name} is a DataFileError, and a fault`, () => {
    const patient = new Patient(file);
    damage(patient);
    assertSome(patient.gets(), problem);
    assertSome(patient.faults(), problem);
  });
}

/** Damage that gets pass by. */
const faults: [string, string, (patient: Patient) => void, RegExp][] = [
  [
    "a page that nothing leads to",
    "bdb/bt-compacted.db",
    (patient) => {
      const free = patient.view.getUint32(FREE, true) * patient.size;
      patient.bytes[free + TYPE] = P_LBTREE;
      patient.set32(FREE, 0);
    },
    /^page 10: is neither free nor in use$/,
  ],
  [
    "a free page that is in use",
    "bdb/bt-sorted.db",
    (patient) => patient.set32(FREE, 3),
    /^page 3: is in use in two places$/,
  ],
  [
    "leaves that are not linked as their tree has them",
    "bdb/bt-sorted.db",
    (patient) => patient.set32(patient.pages(P_LBTREE)[0] + NEXT_PGNO, 0),
    /names page 0 as the next, and \d+ follows/,
  ],
  [
    "a key in a bucket that is not its own",
    "bdb/h-512-many.db",
    (patient) => {
      for (const page of patient.pages(P_HASH)) {
        patient.bytes[patient.item(page, 0) + 5] ^= 1;
      }
    },
    /has item 0 of another bucket/,
  ],
  [
    "a hash page whose keys are not sorted",
    "bdb/h-small.db",
    (patient) => {
      // Greater than any other, and first.
      const page = patient.pages(P_HASH).find((page) =>
        patient.view.getUint16(page + ENTRIES, true) >= 4
      )!;
      patient.bytes[patient.item(page, 0) + 1] = 0xff;
    },
    /has keys that are not in order/,
  ],
  [
    "a key of an internal page of no known type",
    "bdb/bt-recnum-marked.db",
    (patient) => {
      const [root] = patient.pages(P_IBTREE);
      patient.bytes[patient.item(root, 2) + B_TYPE] = 0xff;
    },
    /^page 1: an item is of the unknown type 127$/,
  ],
  [
    "a deleted item of no known type",
    "bdb/bt-recnum-marked.db",
    (patient) => {
      for (const leaf of patient.pages(P_LBTREE)) {
        const entries = patient.view.getUint16(leaf + ENTRIES, true);
        for (let item = 1; item < entries; item += 2) {
          const type = patient.item(leaf, item) + B_TYPE;
          if (patient.bytes[type] === 0x81) patient.bytes[type] = 0x87;
        }
      }
    },
    /an item is of the unknown type 7$/,
  ],
  [
    "duplicates in a B-tree that says it has none",
    "bdb/bt-dup-marked.db",
    (patient) => patient.bytes[FLAGS] = 0,
    /has several data of a key, in a database without duplicates/,
  ],
  [
    "duplicates in a hash that says it has none",
    "bdb/h-dup-marked.db",
    (patient) => patient.bytes[FLAGS] = 0,
    /has several data of a key, in a database without duplicates/,
  ],
  [
    "items that lie within each other",
    "bdb/bt-sorted.db",
    (patient) => {
      const data = patient.item(patient.pages(P_LBTREE)[1], 3);
      patient.set16(data, patient.view.getUint16(data, true) + 8);
    },
    /has an item at \d+ within another/,
  ],
  [
    "an item that is shorter than its place",
    "bdb/bt-sorted.db",
    (patient) => {
      const data = patient.item(patient.pages(P_LBTREE)[1], 3);
      patient.set16(data, patient.view.getUint16(data, true) - 8);
    },
    /has a gap between items at \d+/,
  ],
  [
    "a long item that is in use more often than it says",
    "bdb/bt-overflow.db",
    (patient) => patient.set16(patient.pages(P_OVERFLOW)[0] + ENTRIES, 2),
    /says that it is in use 2 times, and is 1 times/,
  ],
  [
    "a page of a hash whose header is gone",
    "bdb/h-512-many.db",
    (patient) => {
      const [page] = patient.pages(P_HASH);
      patient.bytes.fill(0, page, page + INDEX);
    },
    /bears no number, and is not empty/,
  ],
  [
    "a leaf that does not match its checksum",
    "bdb/bt-chksum.db",
    (patient) => patient.bytes[patient.pages(P_LBTREE)[1] + 1000] ^= 1,
    /does not match its checksum/,
  ],
];

for (const [name, file, damage, problem] of faults) {
  Deno.test(`the checker finds ${name}`, () => {
    const patient = new Patient(file);
    assertEquals(patient.faults(), []);
    damage(patient);
    assertSome(patient.faults(), problem);
  });
}

Deno.test("a page with a wrong checksum is not read", () => {
  const patient = new Patient("bdb/bt-chksum.db");
  const [, leaf] = patient.pages(P_LBTREE);
  patient.bytes[leaf + 1000] ^= 1;
  assertEquals(patient.gets(), [
    `page ${leaf / patient.size}: does not match its checksum`,
  ]);
});

Deno.test("metadata whose buckets make no sense are refused", () => {
  const patient = new Patient("bdb/h-512-many.db");
  patient.set32(MAX_BUCKET, 0xffff_fff0);
  assertSome(
    problemsOf([() => openBdb(patient.bytes, "data.db", {})]),
    /has buckets up to 4294967280/,
  );
});
