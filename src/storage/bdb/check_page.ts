/**
 * Checks how items lie on a page of a tree: each is of a type that such a page
 * has, and they stand one behind the other up to the end of the page, without
 * gaps, and none within another.
 *
 * @module
 */

import type { Fault } from "../storage.ts";
import {
  B_DATA,
  B_DELETE,
  B_DUPLICATE,
  B_KEYDATA,
  B_OVERFLOW,
  B_TYPE,
  BI_DATA,
  BOVERFLOW_SIZE,
  HF_OFFSET,
  P_IBTREE,
  P_IRECNO,
  P_LBTREE,
  RINTERNAL_SIZE,
} from "./layout.ts";
import type { Page } from "./page.ts";

/** Items begin at a multiple of this. */
const ALIGNMENT = 4;

/** An item, by where it begins and where its room ends. */
interface Room {
  readonly start: number;
  readonly end: number;
}

/**
 * Checks the items of a page.
 *
 * @param duplicates whether the keys of a leaf may share their bytes, as those of
 * several data do.
 * @returns what is wrong; what cannot even be measured is thrown.
 */
export function* checkItems(page: Page, duplicates: boolean): Iterable<Fault> {
  const entries = page.entries();
  const rooms: Room[] = [];
  let lastKey = 0;
  for (let item = 0; item < entries; item++) {
    const isKey = page.type === P_LBTREE && item % 2 === 0;
    const start = page.item(entries, item, sizeAtLeast(page));
    if (start % ALIGNMENT !== 0) throw page.misplaced(start);
    if (isKey && start === lastKey) {
      if (duplicates) continue;
      yield page.damaged(
        `has several data of a key, in a database without duplicates`,
      ).fault;
      continue;
    }
    if (isKey) lastKey = start;
    const end = start + sizeOf(page, start, isKey, duplicates);
    if (end > page.size) throw page.misplaced(start);
    rooms.push({ start, end: Math.ceil(end / ALIGNMENT) * ALIGNMENT });
  }
  rooms.sort((a, b) => a.start - b.start);
  yield* checkRooms(page, rooms);
}

function sizeAtLeast({ type }: Page): number {
  if (type === P_IRECNO) return RINTERNAL_SIZE;
  return type === P_IBTREE ? BI_DATA : B_DATA;
}

/** How many bytes an item takes. */
function sizeOf(
  page: Page,
  offset: number,
  isKey: boolean,
  duplicates: boolean,
): number {
  if (page.type === P_IRECNO) return RINTERNAL_SIZE;
  const isInternal = page.type === P_IBTREE;
  const head = isInternal ? BI_DATA : B_DATA;
  const type = page.u8(offset + B_TYPE) & ~B_DELETE;
  if (type === B_KEYDATA) return head + page.u16(offset);
  if (type === B_OVERFLOW) {
    if (!isInternal) return BOVERFLOW_SIZE;
    const length = page.u16(offset);
    if (length === BOVERFLOW_SIZE) return BI_DATA + BOVERFLOW_SIZE;
    throw page.damaged(`a long key is referred to in ${length} bytes`);
  }
  if (type === B_DUPLICATE && page.type === P_LBTREE && !isKey) {
    if (duplicates) return BOVERFLOW_SIZE;
    throw page.damaged(
      `has several data of a key, in a database without duplicates`,
    );
  }
  throw page.damaged(`an item is of the unknown type ${type}`);
}

function* checkRooms(page: Page, rooms: readonly Room[]): Iterable<Fault> {
  let end = rooms.at(0)?.start ?? page.size;
  // 64 KiB do not fit into the field.
  if (page.u16(HF_OFFSET) !== (end & 0xffff)) {
    yield page.damaged(
      `says that its items begin at ${
        page.u16(HF_OFFSET)
      }, and they do at ${end}`,
    ).fault;
  }
  for (const room of [...rooms, { start: page.size, end: page.size }]) {
    if (room.start !== end) {
      yield page.damaged(
        room.start < end
          ? `has an item at ${room.start} within another`
          : `has a gap between items at ${end}`,
      ).fault;
    }
    end = room.end;
  }
}
