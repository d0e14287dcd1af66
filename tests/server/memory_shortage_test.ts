import { assertEquals } from "@std/assert";
import {
  ConnectionMemory,
  createBudget,
  MemoryBudget,
} from "../../src/protocol/memory_budget.ts";
import { MemoryShortage } from "../../src/server/memory_shortage.ts";
import { TICK } from "../../src/server/transport.ts";

const MB = 1024 * 1024;

/** Ticks in so many seconds. */
const ticks = (seconds: number) => seconds * 1000 / TICK;

class Holder {
  holdingSince = 0;
  lastActive = 1;
  readonly memory: ConnectionMemory;

  constructor(readonly name: string, budget: MemoryBudget, held: number) {
    this.memory = new ConnectionMemory(budget);
    this.memory.take(held);
  }
}

function names(holders: readonly Holder[]): string[] {
  return holders.map(({ name }) => name);
}

Deno.test("as long as there is memory nobody gives way", () => {
  const budget = new MemoryBudget(createBudget(100 * MB));
  const shortage = new MemoryShortage(budget);
  const holders = [new Holder("still", budget, 60 * MB)];
  assertEquals(shortage.victims(holders, 1), []);
  assertEquals(shortage.victims(holders, ticks(100)), []);
});

Deno.test("who stands still gives way, in the order of holding, and no more than it takes", () => {
  const budget = new MemoryBudget(createBudget(100 * MB));
  const shortage = new MemoryShortage(budget);
  const first = new Holder("first", budget, 25 * MB);
  shortage.victims([first], 1);
  const second = new Holder("second", budget, 25 * MB);
  const third = new Holder("third", budget, 25 * MB);
  const busy = new Holder("busy", budget, 20 * MB);
  const idle = new Holder("idle", budget, 100);
  const all = [idle, busy, third, second, first];
  shortage.victims([first, second, busy, idle], 2);
  shortage.victims(all, 3);
  assertEquals(new Holder("late", budget, 10 * MB).memory.held, 0);
  busy.lastActive = ticks(5);
  // 95 MB are held: without the first two it is less than half.
  assertEquals(names(shortage.victims(all, ticks(5))), ["first", "second"]);
  // It is told of once.
  assertEquals(names(shortage.victims(all, ticks(6))), []);
});

Deno.test("who has just begun to stand still does not give way", () => {
  const budget = new MemoryBudget(createBudget(100 * MB));
  const shortage = new MemoryShortage(budget);
  const one = new Holder("one", budget, 60 * MB);
  shortage.victims([one], 1);
  one.lastActive = ticks(10);
  new Holder("refused", budget, 60 * MB);
  assertEquals(shortage.victims([one], ticks(11.5)), []);
  new Holder("refused", budget, 60 * MB);
  assertEquals(names(shortage.victims([one], ticks(12.5))), ["one"]);
});

Deno.test("bytes that trickle do not help for ever", () => {
  const budget = new MemoryBudget(createBudget(100 * MB));
  const shortage = new MemoryShortage(budget);
  const one = new Holder("one", budget, 60 * MB);
  for (let second = 1; second < 35; second++) {
    one.lastActive = ticks(second);
    new Holder("refused", budget, 60 * MB);
    assertEquals(
      names(shortage.victims([one], ticks(second))),
      second > 31 ? ["one"] : [],
    );
  }
});

Deno.test("replies beyond the budget are a shortage, too", () => {
  const budget = new MemoryBudget(createBudget(100 * MB));
  const shortage = new MemoryShortage(budget);
  const one = new Holder("one", budget, 60 * MB);
  shortage.victims([one], 1);
  one.memory.force(50 * MB);
  assertEquals(names(shortage.victims([one], ticks(5))), ["one"]);
});
