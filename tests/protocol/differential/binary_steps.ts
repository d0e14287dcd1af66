/** Steps of the binary protocol. */

import { fromLatin1 } from "../converse.ts";
import type { Random } from "./random.ts";
import { BINARY_RECORDS, HUGE, TEXT_RECORDS } from "./records.ts";
import { closing, read, refused, type Step, withoutLong } from "./steps.ts";
import { MISSING, WRITTEN } from "./text_steps.ts";

/** The fields of a request; what is left out is 0, empty, or follows. */
export interface Packet {
  magic?: number;
  opcode: number;
  extras?: string;
  key?: string;
  value?: string;
  cas?: number;
  opaque?: number;
  keyLength?: number;
  extrasLength?: number;
  bodyLength?: number;
}

/** The bytes of a request. */
export function packet(fields: Packet): string {
  const { magic = 0x80, opcode, extras = "", key = "", value = "" } = fields;
  const header = new DataView(new ArrayBuffer(24));
  header.setUint8(0, magic);
  header.setUint8(1, opcode);
  header.setUint16(2, fields.keyLength ?? key.length);
  header.setUint8(4, fields.extrasLength ?? extras.length);
  const body = extras + key + value;
  header.setUint32(8, fields.bodyLength ?? body.length);
  header.setUint32(12, fields.opaque ?? 0);
  header.setBigUint64(16, BigInt(fields.cas ?? 0));
  return fromLatin1(new Uint8Array(header.buffer)) + body;
}

const GETS = [0x00, 0x09, 0x0c, 0x0d];
const BARE = [0x0a, 0x0b];
const REPORTS = [
  "",
  "reset",
  "resetting",
  "settings",
  "items",
  "slabs",
  "sizes",
  "conns",
  "bogus",
  "detail off",
  "detail dump",
  "\0",
];

/** Opcodes that nobody knows. */
const UNKNOWN = [0x1f, 0x25, 0x30, 0x3e, 0x7f, 0xff, 0x20];

const FLAGS_AND_TIME = "\0\0\0\x05\0\0\0\0";
const NEVER = "\x7f\xff\xff\xff";
const COUNTING = "\0".repeat(7) + "\x01" + "\0".repeat(8);

function key(random: Random): string {
  if (random.oneIn(100)) return HUGE.key;
  return random.oneIn(3)
    ? random.pick(MISSING)
    : random.pick([...TEXT_RECORDS, ...BINARY_RECORDS]).key;
}

/** Writes that both servers answer: those that are quiet fail. */
function write(random: Random, opaque: number): Packet {
  const written = { key: random.pick(WRITTEN), opaque };
  const missing = { key: "none", opaque };
  const value = random.text(random.below(40), "0123456789");
  return random.pick<Packet>([
    { opcode: 1, extras: FLAGS_AND_TIME, ...written, value },
    { opcode: 2, extras: FLAGS_AND_TIME, ...written, value },
    { opcode: 3, extras: FLAGS_AND_TIME, ...written, value, cas: 9 },
    { opcode: 4, ...written },
    { opcode: 5, extras: COUNTING + "\0\0\0\0", ...written },
    { opcode: 6, extras: COUNTING + "\0\0\0\0", ...written },
    { opcode: 8, extras: NEVER, opaque },
    { opcode: 0x0e, ...written, value },
    { opcode: 0x0f, ...written, value },
    { opcode: 0x11, extras: FLAGS_AND_TIME, ...missing, value, cas: 7 },
    { opcode: 0x12, extras: FLAGS_AND_TIME, key: "hit:k", value, opaque },
    { opcode: 0x13, extras: FLAGS_AND_TIME, ...missing, value },
    { opcode: 0x14, ...missing },
    { opcode: 0x15, extras: COUNTING + "\xff".repeat(4), ...missing },
    { opcode: 0x16, extras: COUNTING + "\xff".repeat(4), ...missing },
    { opcode: 0x19, ...missing, value },
    { opcode: 0x1a, ...missing, value },
    { opcode: 0x1c, extras: NEVER, ...written },
    { opcode: 0x1d, extras: NEVER, ...written },
    { opcode: 0x23, extras: NEVER, ...missing },
  ]);
}

/** A request that does not fit its opcode. */
function malformed(random: Random, opaque: number): Packet {
  const key = "hit:k";
  return random.pick<Packet>([
    { opcode: random.pick(GETS), opaque },
    { opcode: random.pick(GETS), key, value: "x", opaque },
    { opcode: random.pick(GETS), key, extras: "\0\0\0\0", opaque },
    { opcode: random.pick(GETS), key, bodyLength: 2 ** 30, opaque },
    { opcode: random.pick(GETS), key, bodyLength: 2 ** 32 - 1, opaque },
    { opcode: random.pick(GETS), key, bodyLength: 3, opaque },
    { opcode: random.pick(GETS), key: "l".repeat(251), opaque },
    { opcode: random.below(256), key: "l".repeat(300), opaque },
    { opcode: random.below(256), key, bodyLength: 0, opaque },
    { opcode: random.below(256), key, extras: "x", bodyLength: 5, opaque },
    { opcode: random.pick([...BARE, 7, 0x17]), key, opaque },
    { opcode: random.pick([...BARE, 7, 0x17]), value: "x", opaque },
    { opcode: random.pick([...BARE, 7, 0x17, 0x10]), extras: "x", opaque },
    { opcode: random.pick([1, 2, 3, 0x11, 0x12, 0x13]), key, opaque },
    {
      opcode: random.pick([1, 2, 3, 0x11, 0x12, 0x13]),
      extras: FLAGS_AND_TIME,
      opaque,
    },
    { opcode: random.pick([4, 0x14]), key: "w:1", value: "x", opaque },
    { opcode: random.pick([4, 0x14]), opaque },
    { opcode: random.pick([5, 6, 0x15, 0x16]), key: "w:1", opaque },
    { opcode: random.pick([8, 0x18]), key: "w:1", extras: NEVER, opaque },
    { opcode: random.pick([8, 0x18]), extras: "12345", opaque },
    { opcode: random.pick([0x0e, 0x0f, 0x19, 0x1a]), value: "x", opaque },
    { opcode: random.pick([0x1c, 0x1d, 0x1e, 0x23, 0x24]), key, opaque },
    { opcode: 0x20, key, opaque },
    { opcode: random.pick([0x21, 0x22]), value: "x", opaque },
  ]);
}

function step(random: Random): Step {
  const opaque = random.below(2 ** 32);
  switch (random.below(10)) {
    case 0:
    case 1:
      return refused(packet(write(random, opaque)));
    case 2:
      return read(packet({ opcode: random.pick(BARE), opaque }));
    case 3:
      return read(packet({ opcode: 0x10, key: random.pick(REPORTS), opaque }));
    case 4: {
      const opcode = random.pick(UNKNOWN);
      const value = opcode === 0x20 ? "" : random.text(random.below(9), "xyz");
      return read(packet({ opcode, value, opaque }));
    }
    case 5: {
      const opcode = random.pick([0x21, 0x22]);
      return read(packet({ opcode, key: "PLAIN", value: "secret", opaque }));
    }
    default: {
      const opcode = random.pick(GETS);
      const cas = random.oneIn(4) ? 5 : 0;
      return read(packet({ opcode, key: key(random), opaque, cas }));
    }
  }
}

/** `noop` before it makes memcached send what it has queued. */
function ending(random: Random): Step {
  const noop = packet({ opcode: 0x0a });
  const opaque = random.below(2 ** 32);
  switch (random.below(4)) {
    case 0:
      return closing(packet({ opcode: random.pick([7, 0x17]), opaque }));
    case 1:
      return closing(
        noop +
          packet({
            opcode: 0,
            key: "hit:k",
            magic: random.pick([0, 0x81, 103]),
          }),
      );
    case 2: {
      const whole = packet({ opcode: 0, key: "hit:k" });
      return closing(noop + whole.slice(0, 1 + random.below(whole.length - 1)));
    }
    default:
      return closing(packet(malformed(random, opaque)));
  }
}

/** A key that memcached's buffer has no room for. */
export function tooLongPacket(random: Random): Step {
  const length = 16_361 + random.below(65_536 - 16_361);
  const opcode = random.pick([...GETS, ...BARE, 0x04, 0x10]);
  return closing(packet({ opcode, key: "k".repeat(length) }));
}

/** Steps of the binary protocol. */
export function binarySteps(random: Random): Step[] {
  const steps = random.some(1, 8, () => step(random));
  if (!random.oneIn(4)) return steps;
  const ended = [...withoutLong(steps), ending(random)];
  return random.oneIn(3)
    ? ended
    : [...ended, read(packet({ opcode: 0, key: "hit:k" }))];
}
