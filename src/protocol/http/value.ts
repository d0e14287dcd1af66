/**
 * `GET` and `HEAD` of a value: the hot path.
 *
 * No promise, string or view is made for a request that has no conditions: what a
 * head says of a data set is put together once for each.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import { DataFileError, Value } from "../../storage/storage.ts";
import { GETS, HITS, MISSES } from "../counters.ts";
import type { NamedHandler, SessionContext } from "../protocol.ts";
import type { Reply } from "../reply.ts";
import { TEXT_BYTE_WORK } from "../work.ts";
import { entityTag, judge, rangeHolds, Verdict } from "./conditions.ts";
import { Field } from "./field_names.ts";
import type { LongAnswer } from "./long_answer.ts";
import { LongValue } from "./long_value.ts";
import { findDatabase, fits, lookUp } from "./lookup.ts";
import type { Path } from "./path.ts";
import { type Problem, PROBLEM_TYPE, problemBody } from "./problem.ts";
import { readRange, type Span } from "./range.ts";
import type { RequestHead } from "./request_head.ts";
import type { Responder } from "./responder.ts";
import { statusLine } from "./status.ts";

/** The fields that make a request more than a plain one. */
const CONDITIONS = 1 << Field.IfMatch | 1 << Field.IfNoneMatch |
  1 << Field.Range;

const CRLF = "\r\n";
const encoder = new TextEncoder();

/** What heads say of a data set. */
interface DataSetHeads {
  /** Its tag. */
  readonly etag: string;
  /** The tag as bytes. */
  readonly etagBytes: Uint8Array;
  /** The head of a value, up to its length. */
  readonly value: Uint8Array;
  /** The head of a 304, up to the date. */
  readonly notModified: Uint8Array;
}

/** What is said of a key that is not there. */
interface Miss {
  /** The head, up to the date. */
  readonly head: Uint8Array;
  /** The body. */
  readonly body: Uint8Array;
}

/** Answers requests for values. */
export class Values {
  readonly #context: SessionContext;
  readonly #about: string;
  readonly #cacheControl: string;
  readonly #value = new Value();
  readonly #heads = new WeakMap<DataSet, DataSetHeads>();
  readonly #misses = new WeakMap<NamedHandler, Miss>();

  /**
   * Answers from the databases of the context.
   *
   * @param contentType what the values are, as a media type.
   * @param cacheControl how long caches may keep them.
   */
  constructor(
    context: SessionContext,
    contentType: string,
    cacheControl: string,
  ) {
    this.#context = context;
    this.#cacheControl = `cache-control: ${cacheControl}\r\n`;
    this.#about = `content-type: ${contentType}\r\naccept-ranges: bytes\r\n`;
  }

  /**
   * Answers a GET or HEAD.
   *
   * @returns what is left of the answer, if it is long.
   */
  answer(
    head: RequestHead,
    path: Path,
    responder: Responder,
    reply: Reply,
  ): LongAnswer | undefined {
    const { databases, counters } = this.#context;
    const { databaseStart, databaseEnd } = path;
    const database = findDatabase(
      databases,
      path.bytes,
      databaseStart,
      databaseEnd,
    );
    const data = database?.handler.current;
    if (database === undefined || data === undefined) {
      reply.work += TEXT_BYTE_WORK * (databaseEnd - databaseStart);
      responder.problem(reply, noData(path.database(), database));
      return undefined;
    }
    if (path.namespaced && !fits(data, path)) {
      responder.problem(reply, noNamespaces(database.name));
      return undefined;
    }
    const mark = reply.length;
    try {
      counters[GETS]++;
      reply.work += data.cost.find + path.end - path.start;
      if (!lookUp(data, path, this.#value)) {
        counters[MISSES]++;
        this.#miss(database, responder, reply);
        return undefined;
      }
      counters[HITS]++;
      return head.hasOneOf(CONDITIONS)
        ? this.#judge(head, path, data, responder, reply)
        : this.#give(path, data, undefined, responder, reply);
    } catch (error) {
      if (!(error instanceof DataFileError)) throw error;
      this.#context.onDamage(error);
      reply.length = mark;
      responder.problem(reply, DAMAGED);
      return undefined;
    }
  }

  /** Gives the value, or what the conditions of the request make of it. */
  #judge(
    head: RequestHead,
    path: Path,
    data: DataSet,
    responder: Responder,
    reply: Reply,
  ): LongAnswer | undefined {
    const { etag, etagBytes, notModified } = this.#headsOf(data);
    const verdict = head.is(Field.IfNoneMatch, etagBytes) &&
        !head.has(Field.IfMatch)
      ? Verdict.NotModified
      : judge(head, etag);
    if (verdict === Verdict.NotModified) {
      reply.copy(notModified, 0, notModified.length);
      responder.endHead(reply);
      return undefined;
    }
    if (verdict === Verdict.Failed) {
      responder.problem(reply, {
        status: 412,
        detail: "the data are others than If-Match wants",
        fields: `etag: ${etag}\r\n`,
      });
      return undefined;
    }
    const size = this.#value.end - this.#value.start;
    const wanted = responder.headOnly ? undefined : head.text(Field.Range);
    const span = wanted !== undefined && rangeHolds(head, etag)
      ? readRange(wanted, size)
      : undefined;
    if (span !== null) return this.#give(path, data, span, responder, reply);
    responder.problem(reply, {
      status: 416,
      detail: `the value has only ${size} bytes`,
      fields: `content-range: bytes */${size}\r\n`,
    });
    return undefined;
  }

  /** Gives the value that has been found, or a part of it. */
  #give(
    path: Path,
    data: DataSet,
    span: Span | undefined,
    responder: Responder,
    reply: Reply,
  ): LongAnswer | undefined {
    const { bytes, start, end } = this.#value;
    const heads = this.#headsOf(data);
    let from = 0, to = end - start;
    if (span === undefined) {
      reply.copy(heads.value, 0, heads.value.length);
    } else {
      reply.text(
        statusLine(206) + this.#validators(heads.etag) +
          `content-range: bytes ${span.start}-${span.end - 1}/${to}\r\n` +
          "content-length: ",
      );
      from = span.start;
      to = span.end;
    }
    reply.number(to - from);
    reply.text(CRLF);
    responder.endHead(reply);
    if (responder.headOnly) return undefined;
    if (to - from <= reply.limit) {
      reply.copy(bytes, start + from, start + to);
      return undefined;
    }
    reply.copy(bytes, start + from, start + from + reply.limit);
    return new LongValue(data, path, from + reply.limit, to);
  }

  #miss(database: NamedHandler, responder: Responder, reply: Reply): void {
    let miss = this.#misses.get(database);
    if (miss === undefined) {
      const body = problemBody(noKey(database.name));
      const head = `${statusLine(404)}content-type: ${PROBLEM_TYPE}\r\n` +
        `content-length: ${body.length}\r\n`;
      miss = { head: encoder.encode(head), body };
      this.#misses.set(database, miss);
    }
    const { head, body } = miss;
    reply.copy(head, 0, head.length);
    responder.endHead(reply);
    if (!responder.headOnly) reply.copy(body, 0, body.length);
  }

  #headsOf(data: DataSet): DataSetHeads {
    let heads = this.#heads.get(data);
    if (heads === undefined) {
      const etag = entityTag(data.facts.sum);
      const about = `etag: ${etag}\r\n${this.#cacheControl}`;
      heads = {
        etag,
        etagBytes: encoder.encode(etag),
        value: encoder.encode(
          `${statusLine(200)}${this.#validators(etag)}content-length: `,
        ),
        notModified: encoder.encode(statusLine(304) + about),
      };
      this.#heads.set(data, heads);
    }
    return heads;
  }

  #validators(etag: string): string {
    return `${this.#about}etag: ${etag}\r\n${this.#cacheControl}`;
  }
}

/** A look-up met damage in the data file. */
export const DAMAGED: Problem = {
  status: 500,
  detail: "the data file is damaged at this key",
};

/** There is nothing to answer from. */
export function noData(
  name: string,
  database: NamedHandler | undefined,
): Problem {
  // No database has a longer name.
  const shown = name.length > 64 ? `${name.slice(0, 64)}…` : name;
  return database === undefined
    ? {
      status: 404,
      detail: `there is no database ${
        JSON.stringify(shown)
      }: GET /v1 lists them`,
    }
    : {
      status: 503,
      detail: `the database ${name} has no data yet: try again`,
      fields: "retry-after: 5\r\n",
    };
}

function noNamespaces(name: string): Problem {
  return {
    status: 404,
    detail:
      `the database ${name} has no namespaces: write a slash within a key as %2F`,
  };
}

function noKey(name: string): Problem {
  return { status: 404, detail: `the database ${name} has no such key` };
}
