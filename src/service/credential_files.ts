/**
 * The files with a listener's users, tokens and certificate: read at its start,
 * and again when one of them has changed.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { FailureError } from "../cli/errors.ts";
import { AccessFileError } from "../access/entries.ts";
import { type Credentials, readLists } from "../server/credentials.ts";
import { CertificateError, checkCertificate } from "../server/tls.ts";
import { pause } from "./pause.ts";

const logger = getLogger(["goromdb", "serve"]);

/** How often to look whether a file has changed, in milliseconds. */
const INTERVAL = 2000;

/** Where the files are: the settings of a listener. */
export interface CredentialPaths {
  /** Users and their passwords. */
  readonly users?: string;
  /** Bearer tokens. */
  readonly tokens?: string;
  /** The certificate; not without its key. */
  readonly "tls-cert"?: string;
  /** The certificate's key. */
  readonly "tls-key"?: string;
}

/** The files of one listener. */
export class CredentialFiles {
  readonly #paths: CredentialPaths;
  /** What the files were like before they were read last. */
  #seen: string | undefined;

  /** Reads nothing yet. */
  constructor(paths: CredentialPaths) {
    const { users, tokens, "tls-cert": cert, "tls-key": key } = paths;
    this.#paths = { users, tokens, "tls-cert": cert, "tls-key": key };
  }

  /**
   * Reads and checks the files.
   *
   * @throws {FailureError} that says what is wrong with which of them.
   */
  async read(): Promise<Credentials> {
    this.#seen = await this.#look();
    const { users, tokens, "tls-cert": cert, "tls-key": key } = this.#paths;
    const credentials = {
      users: await readFile("users", users),
      tokens: await readFile("tokens", tokens),
      certificate: await readCertificate(cert, key),
    };
    checkLists(credentials);
    return credentials;
  }

  /**
   * Reads the files again whenever they have changed and then stayed the same from
   * one look to the next, until the signal aborts: an editor may empty a file
   * before it writes it. What fails is told once, and tried again at each look, as
   * it may be the system's fault.
   *
   * @param renew takes what is in them.
   * @param interval how often to look, in milliseconds.
   */
  async follow(
    renew: (credentials: Credentials) => Promise<void>,
    signal: AbortSignal,
    interval: number = INTERVAL,
  ): Promise<void> {
    const files = Object.values(this.#paths).filter((path) =>
      path !== undefined
    ).join(", ");
    if (files === "") return;
    let before = this.#seen;
    let told = "";
    while (!signal.aborted) {
      await pause(interval, signal);
      const look = await this.#look();
      const isSettled = look === before;
      before = look;
      if (signal.aborted || look === this.#seen || !isSettled) continue;
      try {
        await renew(await this.read());
        logger.info("{files} in force as they are now", { files });
        told = "";
      } catch (error) {
        this.#seen = undefined;
        const reason = error instanceof Error ? error.message : String(error);
        if (told === look + reason) continue;
        told = look + reason;
        logger.error("the former ones stay in force: {reason}", { reason });
      }
    }
  }

  /** What tells whether a file is another: links are followed. */
  async #look(): Promise<string> {
    const looks = Object.values(this.#paths).map(async (path) => {
      if (path === undefined) return "";
      const info = await Deno.stat(path).catch(() => undefined);
      const times = [info?.mtime?.getTime(), info?.ctime?.getTime()];
      return `${info?.ino} ${info?.size} ${times.join(" ")}`;
    });
    return (await Promise.all(looks)).join();
  }
}

async function readCertificate(
  cert: string | undefined,
  key: string | undefined,
): Promise<Credentials["certificate"]> {
  const certFile = await readFile("tls-cert", cert);
  const keyFile = await readFile("tls-key", key);
  if (certFile === undefined || keyFile === undefined) return undefined;
  const certificate = { cert: certFile.text, key: keyFile.text };
  try {
    checkCertificate(certificate, { cert: certFile.path, key: keyFile.path });
  } catch (error) {
    throw error instanceof CertificateError
      ? new FailureError(error.message)
      : error;
  }
  return certificate;
}

/** A list of nobody would keep everybody out: nobody means that. */
function checkLists(credentials: Credentials): void {
  try {
    const { users, tokens } = readLists(credentials);
    if (users?.size === 0) {
      throw new FailureError(
        `${credentials.users?.path} names no user: write a line NAME:HASH, or leave -users out`,
      );
    }
    if (tokens?.size === 0) {
      throw new FailureError(
        `${credentials.tokens?.path} names no token: write a line NAME:SUM, or leave -tokens out`,
      );
    }
  } catch (error) {
    throw error instanceof AccessFileError
      ? new FailureError(error.message)
      : error;
  }
}

async function readFile(
  flag: keyof CredentialPaths,
  path: string | undefined,
): Promise<Credentials["users"]> {
  if (path === undefined) return undefined;
  try {
    return { path, text: await Deno.readTextFile(path) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new FailureError(`-${flag} ${path} does not exist`);
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new FailureError(`cannot read -${flag} ${path}: ${reason}`);
  }
}
