/**
 * `POST /v1/{database}:batchGet`: the values of many keys, from one data set.
 *
 * @module
 */

import type { DataSet } from "../../../handler/data_set.ts";
import { DataFileError } from "../../../storage/storage.ts";
import type { SessionContext } from "../../protocol.ts";
import type { Reply } from "../../reply.ts";
import { Field } from "../field_names.ts";
import type { LongAnswer } from "../long_answer.ts";
import { fits } from "../lookup.ts";
import type { Problem } from "../problem.ts";
import type { RequestHead } from "../request_head.ts";
import type { Responder } from "../responder.ts";
import { DAMAGED, noData } from "../value.ts";
import { BatchAnswer, JSON_TYPE, LINES_TYPE } from "./batch_answer.ts";
import { BatchRequest } from "./batch_request.ts";

/** What a batch costs besides its keys, in units of work. */
const BATCH_WORK = 3000;

const LINES = /application\/(?:x-ndjson|ndjson|jsonl)\b/i;

/** One request, which is answered when its body is there. */
export class BatchGet {
  /** Takes the body. */
  readonly request: BatchRequest;
  readonly #database: string;
  readonly #context: SessionContext;
  readonly #lines: boolean;

  private constructor(
    database: string,
    context: SessionContext,
    request: BatchRequest,
    lines: boolean,
  ) {
    this.#database = database;
    this.#context = context;
    this.request = request;
    this.#lines = lines;
  }

  /**
   * Begins with what the head says; what is wrong with it is answered at once.
   *
   * @returns `undefined` if it is answered.
   */
  static begin(
    head: RequestHead,
    database: string,
    context: SessionContext,
    responder: Responder,
    reply: Reply,
  ): BatchGet | undefined {
    reply.work += BATCH_WORK;
    const type = head.text(Field.ContentType) ?? JSON_TYPE;
    const coding = head.text(Field.ContentEncoding) ?? "identity";
    const sentLines = LINES.test(type);
    const data = dataOf(context, database);
    const problem = !sentLines && !/^application\/json\b/i.test(type)
      ? wrongType(type)
      : coding.toLowerCase() !== "identity"
      ? wrongCoding(coding)
      : "status" in data
      ? data
      : undefined;
    if (problem !== undefined) {
      responder.problem(reply, problem);
      return undefined;
    }
    const request = new BatchRequest(sentLines);
    return new BatchGet(
      database,
      context,
      request,
      wantsLines(head, sentLines),
    );
  }

  /**
   * Answers, when the body is there or its problem is known.
   *
   * @returns what is left of the answer, if it is long.
   */
  answer(responder: Responder, reply: Reply): LongAnswer | undefined {
    if (this.request.problem === undefined) this.request.finish();
    const { keys, problem } = this.request;
    // From here on it is one data set, the one that is served now.
    const data = dataOf(this.#context, this.#database);
    if (problem !== undefined || "status" in data) {
      responder.problem(reply, problem ?? data as Problem);
      return undefined;
    }
    if (keys.firstNamespaced >= 0) {
      keys.choose(keys.firstNamespaced);
      if (!fits(data, keys)) {
        responder.problem(reply, {
          status: 400,
          detail:
            `keys[${keys.firstNamespaced}] has a namespace, and the database ${this.#database} has none`,
        });
        return undefined;
      }
    }
    const { counters } = this.#context;
    const answer = new BatchAnswer(keys, data, counters, this.#lines);
    const mark = reply.length;
    try {
      return answer.begin(responder, reply) ? undefined : answer;
    } catch (error) {
      if (!(error instanceof DataFileError)) throw error;
      this.#context.onDamage(error);
      reply.length = mark;
      responder.problem(reply, DAMAGED);
      return undefined;
    }
  }
}

/** The data set of a database, or why there is none. */
function dataOf(
  { databases }: SessionContext,
  name: string,
): DataSet | Problem {
  const database = databases.find((database) => database.name === name);
  return database?.handler.current ?? noData(name, database);
}

/** The answer is of the kind that `Accept` names, or that was sent. */
function wantsLines(head: RequestHead, sentLines: boolean): boolean {
  const accept = head.text(Field.Accept) ?? "";
  if (LINES.test(accept)) return true;
  return sentLines && !/application\/json\b/i.test(accept);
}

function wrongType(type: string): Problem {
  return {
    status: 415,
    detail: `a batch is ${JSON_TYPE} or ${LINES_TYPE}, not ${type}`,
    fields: `accept-post: ${JSON_TYPE}, ${LINES_TYPE}\r\n`,
  };
}

function wrongCoding(coding: string): Problem {
  return {
    status: 415,
    detail: `send a batch as it is, not as ${coding}`,
    fields: "accept-encoding: identity\r\n",
  };
}
