/**
 * A thread with one honest client, which asks now and then and measures how long
 * each answer takes; it has a thread of its own, so that what the others do is
 * not in its figures.
 */

/** What the thread is told. */
export interface Question {
  port: number;
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
  const { port, ending, pause } = question;
  const request = new TextEncoder().encode(question.request);
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  const times: number[] = [];
  let failures = 0;
  const socket = await Deno.connect({ port });
  socket.setNoDelay(true);
  while (!stopping) {
    const begun = performance.now();
    await socket.write(request);
    let answer = "";
    while (!answer.endsWith(ending)) {
      const count = await socket.read(buffer);
      if (count === null) break;
      answer += decoder.decode(buffer.subarray(0, count));
    }
    times.push(performance.now() - begun);
    if (!answer.endsWith(ending)) failures++;
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
