/**
 * Token buckets: what may be done so often at once, and so often a second from
 * then on, by each of many.
 *
 * @module
 */

/** How many buckets are kept; one that is full again need not be. */
const MAX_BUCKETS = 10_000;

interface Bucket {
  tokens: number;
  /** When there were so many, in milliseconds. */
  at: number;
}

/** What buckets hold. */
export interface TokenBucketOptions {
  /** The tokens of a full bucket. */
  readonly burst: number;
  /** The tokens that are added each second. */
  readonly perSecond: number;
  /** A clock, in milliseconds. */
  readonly now?: () => number;
}

/**
 * A bucket for each key. Of more than 10,000 the one that was used longest ago is
 * forgotten, so that many keys take no more memory.
 */
export class TokenBuckets {
  /** The tokens of a full bucket; may be changed. */
  burst: number;
  readonly #perSecond: number;
  readonly #now: () => number;
  /** Those that were used last are at the end. */
  readonly #buckets = new Map<string, Bucket>();

  /** Begins with full buckets. */
  constructor({ burst, perSecond, now }: TokenBucketOptions) {
    this.burst = burst;
    this.#perSecond = perSecond;
    this.#now = now ?? (() => performance.now());
  }

  /** How many buckets are kept. */
  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Takes tokens, if there are as many.
   *
   * @returns 0; or in how many seconds there will be as many.
   */
  take(key: string, tokens: number): number {
    const bucket = this.#use(key);
    if (bucket.tokens < tokens) {
      return (tokens - bucket.tokens) / this.#perSecond;
    }
    bucket.tokens -= tokens;
    return 0;
  }

  /** Gives tokens back. */
  give(key: string, tokens: number): void {
    const bucket = this.#use(key);
    bucket.tokens = Math.min(this.burst, bucket.tokens + tokens);
  }

  #use(key: string): Bucket {
    const now = this.#now();
    const bucket = this.#buckets.get(key) ?? { tokens: this.burst, at: now };
    const earned = (now - bucket.at) / 1000 * this.#perSecond;
    bucket.tokens = Math.min(this.burst, bucket.tokens + earned);
    bucket.at = now;
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > MAX_BUCKETS) {
      const [oldest] = this.#buckets.keys();
      this.#buckets.delete(oldest);
    }
    return bucket;
  }
}
