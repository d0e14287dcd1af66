/**
 * The commands of the binary protocol: what each must look like, and what
 * becomes of it.
 *
 * @module
 */

/** What becomes of a request. */
export enum Action {
  /** The value of a key. */
  Get,
  /** The key and its value. */
  GetWithKey,
  /** An empty success. */
  Succeed,
  /** This program's version. */
  Version,
  /** A report. */
  Stat,
  /** An empty success, and then the end. */
  Quit,
  /** It is a write. */
  Refuse,
  /** memcached knows it, and does not do it either. */
  Unknown,
}

/** What a request must look like. */
export interface Command {
  /** What becomes of it. */
  readonly action: Action;
  /** A miss of a get is not told, nor the success of a quit. */
  readonly quiet?: true;
  /** How long its extras may be. */
  readonly extras: readonly number[];
  /** Whether it has a key; without this, it may have one. */
  readonly key?: boolean;
  /** Whether it may have a value. */
  readonly value?: true;
}

const get = (action: Action): Command => ({ action, extras: [0], key: true });
const bare = (action: Action): Command => ({ action, extras: [0], key: false });
const write = (rest: Omit<Command, "action">): Command => ({
  action: Action.Refuse,
  ...rest,
});
const quiet = (command: Command): Command => ({ ...command, quiet: true });

const store = write({ extras: [8], key: true, value: true });
const concatenate = write({ extras: [0], key: true, value: true });
const remove = write({ extras: [0], key: true });
const count = write({ extras: [20], key: true });
const touch = write({ extras: [4], key: true });
const flush = write({ extras: [0, 4], key: false });
const authenticate: Command = {
  action: Action.Unknown,
  extras: [0],
  key: true,
  value: true,
};

/** The commands, by opcode. */
export const COMMANDS: ReadonlyMap<number, Command> = new Map([
  [0x00, get(Action.Get)], // get
  [0x01, store], // set
  [0x02, store], // add
  [0x03, store], // replace
  [0x04, remove], // delete
  [0x05, count], // increment
  [0x06, count], // decrement
  [0x07, bare(Action.Quit)], // quit
  [0x08, flush], // flush
  [0x09, quiet(get(Action.Get))], // getq
  [0x0a, bare(Action.Succeed)], // noop
  [0x0b, bare(Action.Version)], // version
  [0x0c, get(Action.GetWithKey)], // getk
  [0x0d, quiet(get(Action.GetWithKey))], // getkq
  [0x0e, concatenate], // append
  [0x0f, concatenate], // prepend
  [0x10, { action: Action.Stat, extras: [0] }], // stat
  // Of a write that is quiet, too, a failure is told.
  [0x11, store], // setq
  [0x12, store], // addq
  [0x13, store], // replaceq
  [0x14, remove], // deleteq
  [0x15, count], // incrementq
  [0x16, count], // decrementq
  [0x17, quiet(bare(Action.Quit))], // quitq
  [0x18, flush], // flushq
  [0x19, concatenate], // appendq
  [0x1a, concatenate], // prependq
  [0x1b, { action: Action.Succeed, extras: [4], key: false }], // verbosity
  [0x1c, touch], // touch
  [0x1d, touch], // gat
  [0x1e, touch], // gatq
  [0x20, bare(Action.Unknown)], // SASL list mechanisms
  [0x21, authenticate], // SASL authenticate
  [0x22, authenticate], // SASL step
  [0x23, touch], // gatk
  [0x24, touch], // gatkq
]);
