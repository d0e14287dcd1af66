import { assert, assertEquals } from "@std/assert";
import { ENTRIES, FREE_ROOT, Patient } from "./patient.ts";

Deno.test("the checker finds keys out of order", () => {
  const patient = new Patient("lmdb/many.mdb");
  const { leaf, view } = patient;
  const first = view.getUint16(leaf + 16, true);
  view.setUint16(leaf + 16, view.getUint16(leaf + 18, true), true);
  view.setUint16(leaf + 18, first, true);
  assertEquals(patient.faults(), [
    `page ${leaf / 4096}: a key is not greater than the one before it`,
  ]);
});

Deno.test("the checker finds keys that no branch leads to", () => {
  const patient = new Patient("lmdb/many.mdb");
  const { leaf, view, bytes } = patient;
  const last = (view.getUint16(leaf + 12, true) - 16) / 2 - 1;
  const node = patient.node(leaf, last);
  bytes[node + 8] = 0xff;
  assertEquals(patient.faults(), [
    `page ${leaf / 4096}: has keys that the branch above it does not lead to`,
  ]);
});

Deno.test("the checker compares a database with its record", () => {
  const patient = new Patient("lmdb/many.mdb");
  patient.view.setBigUint64(patient.meta + ENTRIES, 451n, true);
  assertEquals(patient.faults(), [
    `page ${
      patient.meta / 4096
    }: says that the main database has 451 entries, and there are 450`,
  ]);
});

Deno.test("the checker finds pages that are in use and free, or neither", () => {
  const patient = new Patient("lmdb/deleted.mdb");
  const { view, meta } = patient;
  const free = 4096 * Number(view.getBigUint64(meta + FREE_ROOT, true));
  const node = patient.node(free, 0);
  const list = node + 8 + 8;
  const used = patient.root / 4096;
  const lost = view.getBigUint64(list + 8, true);
  view.setBigUint64(list + 8, BigInt(used), true);
  assertEquals(patient.faults(), [`page ${used}: is free, but in use`]);
  view.setBigUint64(list + 8, view.getBigUint64(list + 16, true), true);
  assert(patient.faults()[0].endsWith("is free more than once"));
  view.setBigUint64(list + 8, 1n << 40n, true);
  assert(patient.faults()[0].includes("1099511627776"));
  const count = view.getBigUint64(list, true);
  view.setBigUint64(
    list + 8,
    view.getBigUint64(list + 8 * Number(count), true),
    true,
  );
  view.setBigUint64(list, count - 1n, true);
  assertEquals(patient.faults(), [`page ${lost}: is neither used nor free`]);
  view.setBigUint64(list, 1n << 60n, true);
  assert(patient.faults()[0].includes("free pages in"));
});
