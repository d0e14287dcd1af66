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

/** What it has seen when it is told to stop. */
export interface Experience {
  requests: number;
  failures: number;
  /** In milliseconds. */
  p50: number;
  p99: number;
  longest: number;
}

const thread = globalThis as unknown as {
  onmessage: (event: MessageEvent<Question | "stop">) => void;
  postMessage(experience: Experience): void;
};

let stopping = false;

thread.onmessage = ({ data }) => {
  if (data === "stop") stopping = true;
  else ask(data);
};

async function ask(question: Question): Promise<void> {
  const { port, first, request, ending, pause } = question;
  const encoder = new TextEncoder(), decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  const times: number[] = [];
  let failures = 0;
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
    const begun = performance.now();
    const answered = await isAnswered(request, ending);
    times.push(performance.now() - begun);
    if (!answered) failures++;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  socket.close();
  times.sort((a, b) => a - b);
  const quantile = (q: number) => times[Math.floor(q * (times.length - 1))];
  thread.postMessage({
    requests: times.length,
    failures,
    p50: quantile(0.5),
    p99: quantile(0.99),
    longest: quantile(1),
  });
}

/** Runs a client for as long as something lasts. */
export async function whileAsking(
  question: Question,
  something: () => Promise<void>,
): Promise<Experience> {
  const worker = new Worker(import.meta.url, { type: "module" });
  const experience = new Promise<Experience>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
  worker.postMessage(question);
  try {
    await something();
    worker.postMessage("stop");
    return await experience;
  } finally {
    worker.terminate();
  }
}
