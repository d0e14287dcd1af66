/**
 * What a soak has shown with one transport, as figures.
 *
 * @module
 */

import { build } from "hdr-histogram-js";
import type { Observation } from "./reader.ts";

const MB = 1024 * 1024;

/** The server after a swap; bytes. */
export interface Resources {
  rss: number;
  /** Of `rss`, what is not of files. */
  anonymous: number;
  descriptors: number;
}

/** All that is known of one transport. */
export interface Outcome {
  transport: string;
  /** Requests a second. */
  rate: number;
  observations: Observation[];
  /** From when to when a swap was under way, in milliseconds since 1970. */
  swaps: { from: number; to: number }[];
  resources: Resources[];
  complaints: string[];
}

/** Whether a reply was not as it should be, or no swap has been seen. */
export function isWrong({ observations, swaps }: Outcome): boolean {
  return swaps.length === 0 || observations.some(
    ({ mixed, backwards, missed }) => mixed + backwards + missed > 0,
  );
}

/** Whether memory or descriptors of data sets of `size` bytes are kept. */
export function grows({ resources }: Outcome, size: number): boolean {
  const [first, ...others] = settled(resources);
  const last = others.pop();
  if (first === undefined || last === undefined) return false;
  // In memory there may be one data set more than there was, or two in a swap.
  const allowed = 3 * size + 100 * MB;
  return last.anonymous > first.anonymous + allowed ||
    last.descriptors > first.descriptors + 3;
}

/** Without the first swaps, which fill both slots. */
function settled<T>(all: T[]): T[] {
  return all.slice(2);
}

/** Prints the figures as a table, and the complaints. */
export function report(outcome: Outcome): void {
  const { observations, swaps, resources } = outcome;
  const isWithin = ({ at }: Observation) =>
    swaps.some(({ from, to }) => at >= from && at - 100 <= to);
  const within = observations.filter(isWithin);
  const otherwise = observations.filter((observation) =>
    !isWithin(observation)
  );
  const sum = (of: (observation: Observation) => number) =>
    observations.reduce((total, observation) => total + of(observation), 0);
  const most = (of: (observation: Observation) => number) =>
    [within, otherwise].map((all) =>
      all.reduce((most, observation) => Math.max(most, of(observation)), 0)
    ).map(milliseconds).join(" and ");
  const span = (of: (resources: Resources) => number) => {
    const all = settled(resources).map(of);
    return all.length === 0
      ? "-"
      : `${all[0]} at first, ${all.at(-1)} at last, ${
        Math.max(...all)
      } at most`;
  };
  const rows: [string, string | number][] = [
    ["transport", outcome.transport],
    ["requests a second", outcome.rate],
    ["requests", sum(({ requests }) => requests)],
    ["swaps", swaps.length],
    ["replies of two data sets", sum(({ mixed }) => mixed)],
    ["replies of an older data set", sum(({ backwards }) => backwards)],
    ["replies without a value", sum(({ missed }) => missed)],
    ["99 of 100 requests within", milliseconds(percentile99(observations))],
    [
      "longest request, during swaps and otherwise",
      most(({ longest }) => longest),
    ],
    ["the readers' own stalls", most(({ stall }) => stall)],
    [
      "the serving thread's waits for a processor",
      most(({ waited }) => waited),
    ],
    [
      "longest request, without the time of both",
      most(({ unexplained }) => unexplained),
    ],
    ["file descriptors", span(({ descriptors }) => descriptors)],
    ["resident memory, MB", span(({ rss }) => Math.round(rss / MB))],
    ["not of files, MB", span(({ anonymous }) => Math.round(anonymous / MB))],
    ["warnings and errors", outcome.complaints.length],
  ];
  console.log("\n| what | figure |\n| --- | ---: |");
  for (const [what, figure] of rows) console.log(`| ${what} | ${figure} |`);
  for (const line of outcome.complaints) console.log(line);
}

function milliseconds(number: number): string {
  return `${number.toFixed(1)} ms`;
}

/** In milliseconds. */
function percentile99(observations: Observation[]): number {
  const histogram = build({
    lowestDiscernibleValue: 1,
    numberOfSignificantValueDigits: 3,
  });
  for (const { times } of observations) {
    for (const time of times) {
      histogram.recordValue(Math.max(1, Math.round(time * 1000)));
    }
  }
  return histogram.getValueAtPercentile(99) / 1000;
}
