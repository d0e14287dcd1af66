/**
 * The schema of the configuration file, made from the flags: each key takes what
 * the flag of that name takes, as JSON.
 *
 * ```text
 * {
 *   "databases": { NAME: { "file": PATH, …flags of a database }, … },
 *   "listeners": [ { "databases": [ NAME, … ], …flags of a listener }, … ],
 *   …flags of the program
 * }
 * ```
 *
 * @module
 */

import { z } from "zod";
import { type Flag, type Flags, listed } from "../cli/flags.ts";
import {
  DATABASE_FLAGS,
  LISTENER_FLAGS,
  PROGRAM_FLAGS,
  ROUTE_FLAGS,
} from "./settings.ts";

/** How a database may be called: so that it can stand in a URL and in a key. */
const NAME = /^[A-Za-z0-9_.-]{1,64}$/;

const name = z.string().regex(NAME, {
  error: "a name has 1 to 64 letters, digits, dots, underscores or hyphens",
});

const databaseSchema = z.strictObject({
  ...keysOf(DATABASE_FLAGS),
  file: keyOf(DATABASE_FLAGS.file, true),
}, { error: explain });

const listenerSchema = z.strictObject({
  databases: z.array(name, { error: "it must be an array of names" }).min(1, {
    error: "name one, or leave it out for all",
  }).optional().meta({
    description:
      "the databases to serve, in order (all); of several, a key carries the name: NAME/KEY",
  }),
  ...keysOf(LISTENER_FLAGS),
  ...keysOf(ROUTE_FLAGS),
}, { error: explain });

/** The schema of the whole file. */
export const fileSchema = z.strictObject({
  $schema: z.string().optional(),
  databases: z.record(name, databaseSchema, {
    error: "it must be an object of databases by name",
  }).refine((databases) => Object.keys(databases).length > 0, {
    error: "there must be at least one database",
  }),
  listeners: z.array(listenerSchema, {
    error: "it must be an array of listeners",
  }).min(1, { error: "there must be at least one listener" })
    .optional(),
  ...keysOf(PROGRAM_FLAGS),
}, { error: explain });

/** What the file says, with the values that its flags stand for. */
export type FileContent = z.output<typeof fileSchema>;

/** The schema as JSON Schema, for editors. */
export function jsonSchema(): Record<string, unknown> {
  return {
    title: "The configuration of goromdb",
    ...z.toJSONSchema(fileSchema, { io: "input" }),
  };
}

type KeySchema = z.ZodType<unknown, unknown>;

function keysOf<F extends Flags>(flags: F): Record<keyof F, KeySchema> {
  const keys = Object.entries(flags).map(([key, flag]) => [key, keyOf(flag)]);
  return Object.fromEntries(keys);
}

/** What a flag takes, as JSON: a file says `true` and `5000` without quotes. */
function keyOf(flag: Flag<unknown>, required = false): KeySchema {
  const { fallback, help, standard } = flag;
  const known = fallback !== undefined && standard !== undefined;
  const meta = {
    description: help,
    ...(known ? { default: flag.list ? standard : fallback } : {}),
  };
  const schema = jsonOf(flag);
  if (required) return schema.transform(reader(flag)).meta(meta);
  return schema.optional().transform((value, context) =>
    value === undefined ? fallback : reader(flag)(value, context)
  ).meta(meta);
}

type JsonValue = string | number | boolean | string[];

function jsonOf(flag: Flag<unknown>): z.ZodType<JsonValue, JsonValue> {
  const { placeholder, choices, range, hasUnit, list } = flag;
  if (placeholder === undefined) {
    return z.boolean({ error: "it must be true or false" });
  }
  const kinds = [
    ...(choices ?? []),
    ...(range === undefined ? [] : [`a number from ${range.join(" to ")}`]),
  ];
  const error = `it must be ${listed(kinds)}`;
  const words = choices && z.enum(choices, { error });
  const number = range &&
    z.int({ error }).min(range[0], { error }).max(range[1], { error });
  if (words !== undefined && number !== undefined) {
    return z.union([words, number], { error });
  }
  const text = z.string({ error: "it must be text" });
  if (hasUnit && range !== undefined) {
    return z.union([z.int().min(range[0]), z.string()], {
      error: `it must be a number of at least ${range[0]}, or text such as 64M`,
    });
  }
  if (!list) return words ?? number ?? text;
  return z.union([text, z.array(text).min(1)], {
    error: "it must be text, or an array of texts",
  });
}

/** Gives a value to the flag, whose words on it are the problem if it has any. */
function reader(
  flag: Flag<unknown>,
): (value: JsonValue, context: z.RefinementCtx) => unknown {
  return (value, context) => {
    try {
      return flag.read(String(value));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
      return z.NEVER;
    }
  };
}

/** What is wrong with an object as such. */
function explain(issue: { code?: string }): string | undefined {
  return issue.code === "invalid_type" ? "it must be an object" : undefined;
}
