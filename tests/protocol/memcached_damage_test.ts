import { assert, assertEquals } from "@std/assert";
import { DataSet } from "../../src/handler/data_set.ts";
import { REPLY_LIMIT } from "../../src/protocol/reply.ts";
import { DataFileError } from "../../src/storage/storage.ts";
import { answersTo, dataSet, openSession } from "./converse.ts";
import { packet } from "./differential/binary_steps.ts";
import { RecordSnapshot } from "./differential/records.ts";

/** A snapshot that is damaged everywhere but at `long`, the first time. */
class DamagedSnapshot extends RecordSnapshot {
  #finds = 0;

  constructor() {
    const value = "x".repeat(REPLY_LIMIT + 48);
    super([{ key: "long", value, flags: 0 }]);
  }

  override find(...place: Parameters<RecordSnapshot["find"]>): boolean {
    if (this.#finds++ === 0 && super.find(...place)) return true;
    throw new DataFileError("test", "page 1 is damaged");
  }
}

/** An answer from a damaged snapshot, and whether the connection is closed. */
function askDamaged(sent: string): { answered: string; closed: boolean } {
  const { facts } = dataSet({});
  const data = new DataSet(new DamagedSnapshot(), facts);
  const { answered, closed } = answersTo(openSession({ current: data }), sent);
  return { answered, closed };
}

Deno.test("a key in a damaged place is an error, and the connection lasts", () => {
  const answered =
    "SERVER_ERROR the data file is damaged at this key\r\nMN\r\n";
  for (const sent of ["get a\r\nmn\r\n", "mg a v\r\nmn\r\n"]) {
    assertEquals(askDamaged(sent), { answered, closed: false });
  }
});

Deno.test("damage in the middle of an answer closes, and nothing takes its place", () => {
  const { answered, closed } = askDamaged("get long a\r\nmn\r\n");
  assert(closed);
  assert(answered.endsWith("xxx"), answered.slice(-60));
});

Deno.test("a long value is looked up once, however often it pauses", () => {
  for (
    const [sent, ending] of [
      ["get long\r\nmn\r\n", "xxx\r\nEND\r\nMN\r\n"],
      ["mg long v\r\nmn\r\n", "xxx\r\nMN\r\n"],
      [packet({ opcode: 0, key: "long" }), "xxx"],
    ]
  ) {
    const { answered, closed } = askDamaged(sent);
    assert(!closed);
    assertEquals(answered.slice(-ending.length), ending);
    assert(answered.includes("x".repeat(REPLY_LIMIT + 48)));
  }
});

Deno.test("damage is told in the binary protocol, too", () => {
  const get = (key: string) => packet({ opcode: 0, key });
  const { answered, closed } = askDamaged(get("a") + packet({ opcode: 0x0a }));
  assert(answered.includes("the data file is damaged at this key"));
  assertEquals([answered.charCodeAt(7), closed], [0x84, false]);
});
