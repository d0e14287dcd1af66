/**
 * Passes over values that are no records here: lists, sets, streams, modules.
 *
 * @module
 */

import {
  LIST,
  LIST_QUICKLIST,
  LIST_QUICKLIST_2,
  LIST_ZIPLIST,
  MODULE_2,
  MODULE_DOUBLE,
  MODULE_END,
  MODULE_FLOAT,
  MODULE_SIGNED,
  MODULE_STRING,
  MODULE_UNSIGNED,
  SET,
  SET_INTSET,
  SET_LISTPACK,
  STREAM_LISTPACKS,
  STREAM_LISTPACKS_2,
  STREAM_LISTPACKS_3,
  ZSET,
  ZSET_2,
  ZSET_LISTPACK,
  ZSET_ZIPLIST,
} from "./layout.ts";
import type { RdbReader } from "./rdb_reader.ts";

/** What values of a type are called; none: the type is not known. */
export function kindOf(type: number): string | undefined {
  switch (type) {
    case LIST:
    case LIST_ZIPLIST:
    case LIST_QUICKLIST:
    case LIST_QUICKLIST_2:
      return "lists";
    case SET:
    case SET_INTSET:
    case SET_LISTPACK:
      return "sets";
    case ZSET:
    case ZSET_2:
    case ZSET_ZIPLIST:
    case ZSET_LISTPACK:
      return "sorted sets";
    case STREAM_LISTPACKS:
    case STREAM_LISTPACKS_2:
    case STREAM_LISTPACKS_3:
      return "streams";
    case MODULE_2:
      return "values of modules";
  }
}

/** Passes over a value of a type that {@linkcode kindOf} knows. */
export async function passValue(
  reader: RdbReader,
  type: number,
): Promise<void> {
  switch (type) {
    case LIST_ZIPLIST:
    case SET_INTSET:
    case SET_LISTPACK:
    case ZSET_ZIPLIST:
    case ZSET_LISTPACK:
      await reader.string();
      return;
    case LIST:
    case SET:
    case LIST_QUICKLIST:
      return await passEach(reader, () => reader.string());
    case LIST_QUICKLIST_2:
      return await passEach(reader, async () => {
        await reader.length();
        await reader.string();
      });
    case ZSET:
      return await passEach(reader, async () => {
        await reader.string();
        // A length of digits; above 252 stand for what are no numbers.
        const length = await reader.byte();
        if (length < 253) await reader.take(length);
      });
    case ZSET_2:
      return await passEach(reader, async () => {
        await reader.string();
        await reader.take(8);
      });
    case MODULE_2:
      await reader.length();
      return await passModule(reader);
    default:
      return await passStream(reader, type);
  }
}

/** Passes over what a module has written, up to its end. */
export async function passModule(reader: RdbReader): Promise<void> {
  for (;;) {
    switch (await reader.length()) {
      case MODULE_END:
        return;
      case MODULE_SIGNED:
      case MODULE_UNSIGNED:
        await reader.length();
        break;
      case MODULE_FLOAT:
        await reader.take(4);
        break;
      case MODULE_DOUBLE:
        await reader.take(8);
        break;
      case MODULE_STRING:
        await reader.string();
        break;
      default:
        throw reader.error("a module's value of an unknown kind");
    }
  }
}

async function passEach(
  reader: RdbReader,
  passOne: () => Promise<unknown>,
): Promise<void> {
  for (let left = await reader.length(); left > 0; left--) await passOne();
}

/** A stream: its entries, what is known of them, and its consumer groups. */
async function passStream(reader: RdbReader, type: number): Promise<void> {
  const lengths = async (count: number) => {
    for (let n = 0; n < count; n++) await reader.length();
  };
  await passEach(reader, async () => {
    await reader.string();
    await reader.string();
  });
  await lengths(type >= STREAM_LISTPACKS_2 ? 8 : 3);
  await passEach(reader, async () => {
    await reader.string();
    await lengths(type >= STREAM_LISTPACKS_2 ? 3 : 2);
    await passEach(reader, async () => {
      await reader.take(16 + 8);
      await reader.length();
    });
    await passEach(reader, async () => {
      await reader.string();
      await reader.take(type >= STREAM_LISTPACKS_3 ? 16 : 8);
      await passEach(reader, () => reader.take(16));
    });
  });
}
