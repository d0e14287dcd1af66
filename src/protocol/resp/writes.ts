/**
 * Write commands: they are refused, without looking at more than their name and
 * how many arguments they have.
 *
 * @module
 */

import { NameTable } from "./command.ts";

/** The arity of Redis' write commands, and their names. */
const NAMES: readonly [arity: number, names: string][] = [
  [-8, "geosearchstore"],
  [-7, "xreadgroup"],
  [-6, "georadius migrate xautoclaim xclaim"],
  [-5, "blmpop bzmpop geoadd georadiusbymember xadd zrangestore"],
  [
    -4,
    "bitop hmset hset lmpop restore xack xtrim zadd zdiffstore zinterstore zmpop zunionstore",
  ],
  [
    -3,
    "blpop brpop bzpopmax bzpopmin copy expire expireat hdel lpush lpushx mset msetnx pexpire pexpireat rpush rpushx sadd sdiffstore set sinterstore srem sunionstore xdel xsetid zrem",
  ],
  [
    -2,
    "bitfield del getex lpop pfadd pfmerge rpop sort spop unlink zpopmax zpopmin",
  ],
  [-1, "flushall flushdb"],
  [2, "decr getdel incr persist"],
  [
    3,
    "append decrby getset incrby incrbyfloat move rename renamenx rpoplpush setnx swapdb",
  ],
  [
    4,
    "brpoplpush hincrby hincrbyfloat hsetnx lrem lset ltrim psetex setbit setex setrange smove zincrby zremrangebylex zremrangebyrank zremrangebyscore",
  ],
  [5, "linsert lmove"],
  [6, "blmove"],
];

/** All of them. */
export const WRITES: NameTable<{ name: string; arity: number }> = new NameTable(
  NAMES.flatMap(([arity, names]) =>
    names.split(" ").map((name) => ({ name, arity }))
  ),
);
