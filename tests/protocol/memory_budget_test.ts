import { assert, assertEquals } from "@std/assert";
import {
  ConnectionMemory,
  createBudget,
  createTaken,
  giveBack,
  MemoryBudget,
  setLimit,
} from "../../src/protocol/memory_budget.ts";

const MB = 1024 * 1024;

Deno.test("what little every connection holds is not taken from the budget", () => {
  const budget = new MemoryBudget(createBudget(1000 * MB));
  const memory = new ConnectionMemory(budget);
  assert(memory.take(8192) && memory.take(8192));
  assertEquals([memory.held, budget.inFlight], [16_384, 0]);
  assert(!memory.isTaking);
  assert(memory.take(1));
  assertEquals([memory.held, budget.inFlight], [16_385, 17 * 1024]);
  assert(memory.isTaking);
  memory.give(1);
  assertEquals([memory.held, budget.inFlight], [16_384, 0]);
});

Deno.test("a part of an answer is counted, whether there is memory or not", () => {
  const budget = new MemoryBudget(createBudget(MB));
  const [one, other] = [1, 2].map(() => new ConnectionMemory(budget));
  assert(one.take(MB / 2));
  assert(!budget.isScarce);
  one.force(MB);
  assertEquals([budget.inFlight, budget.isScarce], [1.5 * MB, true]);
  assertEquals(budget.refusals, 0);
  assert(!other.take(MB / 4));
  one.close();
  assertEquals([budget.inFlight, budget.isScarce], [0, false]);
});

Deno.test("a budget that is used up refuses, and counts it", () => {
  const budget = new MemoryBudget(createBudget(10 * MB));
  const [one, other] = [1, 2].map(() => new ConnectionMemory(budget));
  assert(one.take(6 * MB));
  assert(!other.take(5 * MB));
  assertEquals([other.held, budget.inFlight], [0, 6 * MB]);
  assertEquals(budget.refusals, 1);
  one.close();
  assert(other.take(5 * MB));
  assertEquals(budget.inFlight, 5 * MB);
});

Deno.test("a connection may hold a quarter of the budget, or what the longest request takes", () => {
  for (
    const [limit, share] of [[1024, 256], [256, 64], [100, 64], [40, 40]]
  ) {
    const budget = new MemoryBudget(createBudget(limit * MB));
    const memory = new ConnectionMemory(budget);
    assertEquals(budget.share, share * MB);
    assert(!memory.take(share * MB + 1));
    assert(memory.take(share * MB));
  }
});

Deno.test("all threads take from one budget; what a dead one has taken is given back", () => {
  const shared = createBudget(100 * MB);
  const rows = [createTaken(), createTaken()];
  const [one, other] = rows.map((row) => new MemoryBudget(shared, row));
  assert(new ConnectionMemory(one).take(60 * MB));
  assert(!new ConnectionMemory(other).take(60 * MB));
  assert(new ConnectionMemory(other).take(30 * MB));
  assertEquals([one.inFlight, other.inFlight], [90 * MB, 90 * MB]);
  giveBack(shared, rows[0]);
  assertEquals([one.inFlight, other.inFlight], [30 * MB, 30 * MB]);
  giveBack(shared, rows[0]);
  assertEquals(one.inFlight, 30 * MB);
});

Deno.test("a limit that is lowered below what is taken refuses until it is given", () => {
  const shared = createBudget(100 * MB);
  const budget = new MemoryBudget(shared);
  const memory = new ConnectionMemory(budget);
  assert(memory.take(50 * MB));
  setLimit(shared, 20 * MB);
  assertEquals([budget.limit, budget.inFlight], [20 * MB, 50 * MB]);
  assert(!memory.take(1024));
  memory.give(45 * MB);
  assert(memory.take(10 * MB));
  assertEquals(budget.inFlight, 15 * MB);
});

Deno.test("without a budget there is no limit", () => {
  const memory = new ConnectionMemory();
  assert(memory.take(2 ** 50));
  memory.close();
  assertEquals(memory.held, 0);
});
