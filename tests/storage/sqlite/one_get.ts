/** Gets the key of `FILE KEY`, for tests of what needs which permissions. */

import { DataFileError, Value } from "../../../src/storage/storage.ts";
import { SqliteStorage } from "../../../src/storage/sqlite/sqlite.ts";

const [path, key] = Deno.args;
const bytes = new TextEncoder().encode(key);
const storage = new SqliteStorage();
try {
  const snapshot = storage.attach(await storage.open(path, {}));
  const value = new Value();
  const found = snapshot.find(bytes, 0, bytes.length, value);
  console.log(found ? new TextDecoder().decode(value.bytes) : "not found");
  snapshot.close?.();
} catch (error) {
  if (!(error instanceof DataFileError)) throw error;
  console.log(error.problem);
}
