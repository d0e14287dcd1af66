/**
 * What somebody who mistyped a name may have meant.
 *
 * @module
 */

import { levenshteinDistance } from "@std/text/levenshtein-distance";

/** The known name that is nearest, if one is near enough to be meant. */
export function nearest(
  name: string,
  known: readonly string[],
): string | undefined {
  const distances = known.map((candidate) => ({
    candidate,
    distance: Number(levenshteinDistance(name, candidate)),
  }));
  distances.sort((a, b) => a.distance - b.distance);
  const [best] = distances;
  return best !== undefined && best.distance <= Math.max(2, name.length / 3)
    ? best.candidate
    : undefined;
}
