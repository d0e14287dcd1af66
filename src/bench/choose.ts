/**
 * Which key to ask for next.
 *
 * @module
 */

/** Gives numbers from 0 to a limit. */
export type Choose = () => number;

/** Every number is as likely as any other. */
export function uniform(count: number): Choose {
  return () => Math.floor(Math.random() * count);
}

/**
 * Number `n` is chosen in proportion to `1 / (n + 1) ** exponent`, for any
 * exponent greater than 0, in constant time and memory: rejection-inversion
 * (W. Hörmann, G. Derflinger, "Rejection-inversion to generate variates from
 * monotone discrete distributions", ACM TOMACS 6.3, 1996).
 */
export function zipf(count: number, exponent: number): Choose {
  const isOne = Math.abs(exponent - 1) < 1e-9;
  // The integral of x ** -exponent, and its inverse.
  const integral = (x: number) =>
    isOne ? Math.log(x) : (x ** (1 - exponent) - 1) / (1 - exponent);
  const inverse = (y: number) =>
    isOne ? Math.exp(y) : (1 + y * (1 - exponent)) ** (1 / (1 - exponent));
  const low = integral(1.5) - 1;
  const high = integral(count + 0.5);
  const near = 2 - inverse(integral(2.5) - 2 ** -exponent);
  return () => {
    for (;;) {
      const y = high + Math.random() * (low - high);
      const x = inverse(y);
      const n = Math.min(Math.max(Math.round(x), 1), count);
      if (n - x <= near || y >= integral(n + 0.5) - n ** -exponent) {
        return n - 1;
      }
    }
  };
}
