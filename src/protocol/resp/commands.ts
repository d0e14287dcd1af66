/**
 * The commands that are answered.
 *
 * @module
 */

import { type Command, NameTable } from "./command.ts";
import { CONNECTION_COMMANDS } from "./connection.ts";
import { HASH_COMMANDS } from "./hashes.ts";
import { KEYSPACE_COMMANDS } from "./keyspace.ts";
import { OTHER_TYPES } from "./other_types.ts";
import { SCAN_COMMANDS } from "./scan.ts";
import { SERVER_COMMANDS } from "./server.ts";
import { STRING_COMMANDS } from "./strings.ts";

/** All of them. */
export const COMMANDS: NameTable<Command> = new NameTable<Command>([
  ...STRING_COMMANDS,
  ...HASH_COMMANDS,
  ...KEYSPACE_COMMANDS,
  ...SCAN_COMMANDS,
  ...OTHER_TYPES,
  ...CONNECTION_COMMANDS,
  ...SERVER_COMMANDS,
]);
