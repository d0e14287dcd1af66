/**
 * A thread with one honest client, which asks now and then and measures how long
 * each answer takes; it has a thread of its own, so that what the others do is
 * not in its figures.
 */

/** What the thread is told. */
export interface Question {
  port: number;
  /** What is sent first, and how its answer ends. */
  first?: { request: string; ending: string };
  /** What is sent, and how the answer ends. */
  request: string;
  ending: string;
  /** The pause between two requests, in milliseconds. */
  pause: number;
}

/** What it has seen since it was asked last. */
export interface Experience {
  requests: number;
  failures: number;
  /** In milliseconds: so many of 100 answers took no longer. */
  p10: number;
  p50: number;
  p99: number;
  longest: number;
}

/** What the thread is told: to begin, to tell what it has seen, or to end. */
type Order = Question | "tell" | "stop";

const thread = globalThis as unknown as {
  onmessage: (event: MessageEvent<Order>) => void;
  postMessage(experience: Experience): void;
};

let stopping = false;
let times: number[] = [];
let failures = 0;
/** When the request was sent that is not answered yet; 0: there is none. */
let sentAt = 0;

thread.onmessage = ({ data }) => {
  if (data === "stop") stopping = true;
  else if (data === "tell") tell();
  else ask(data);
};

async function ask(question: Question): Promise<void> {
  const { port, first, request, ending, pause } = question;
  const encoder = new TextEncoder(), decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  const socket = await Deno.connect({ port });
  socket.setNoDelay(true);
  const isAnswered = async (request: string, ending: string) => {
    await socket.write(encoder.encode(request));
    let answer = "";
    while (!answer.endsWith(ending)) {
      const count = await socket.read(buffer);
      if (count === null) return false;
      answer += decoder.decode(buffer.subarray(0, count));
    }
    return true;
  };
  if (first !== undefined && !await isAnswered(first.request, first.ending)) {
    throw new Error("the connection was closed");
  }
  while (!stopping) {
    sentAt = performance.now();
    const answered = await isAnswered(request, ending);
    times.push(performance.now() - sentAt);
    sentAt = 0;
    if (!answered) failures++;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  socket.close();
  tell();
}

function tell(): void {
  // One that has been waiting for long counts, too.
  if (sentAt > 0) times.push(performance.now() - sentAt);
  times.sort((a, b) => a - b);
  const quantile = (q: number) => times[Math.floor(q * (times.length - 1))];
  thread.postMessage({
    requests: times.length,
    failures,
    p10: quantile(0.1) ?? 0,
    p50: quantile(0.5) ?? 0,
    p99: quantile(0.99) ?? 0,
    longest: quantile(1) ?? 0,
  });
  times = [];
  failures = 0;
}

/** A client that asks for as long as it is there. */
export class HonestClient implements Disposable {
  readonly #worker = new Worker(import.meta.url, { type: "module" });

  /** Begins to ask. */
  constructor(question: Question) {
    this.#worker.postMessage(question);
  }

  /** What it sees while something lasts. */
  async during(something: () => Promise<void>): Promise<Experience> {
    await this.#order("tell");
    await something();
    return await this.#order("tell");
  }

  /** Ends; tells what it has seen since it was asked last. */
  async stop(): Promise<Experience> {
    return await this.#order("stop");
  }

  /** Ends the thread. */
  [Symbol.dispose](): void {
    this.#worker.terminate();
  }

  #order(order: Order): Promise<Experience> {
    const experience = new Promise<Experience>((resolve, reject) => {
      this.#worker.onmessage = ({ data }) => resolve(data);
      this.#worker.onerror = ({ message }) => reject(new Error(message));
    });
    this.#worker.postMessage(order);
    return experience;
  }
}

/** Runs a client for as long as something lasts. */
export async function whileAsking(
  question: Question,
  something: () => Promise<void>,
): Promise<Experience> {
  using client = new HonestClient(question);
  await something();
  return await client.stop();
}
