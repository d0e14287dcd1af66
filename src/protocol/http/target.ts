/**
 * The request target (RFC 9112, section 3.2), and the host that it is of.
 *
 * ```text
 * origin form      /v1/default/key
 * absolute form    http://HOST/v1/default/key, as it is sent to a proxy
 * asterisk form    *, for OPTIONS
 * authority form   HOST:PORT, for CONNECT
 * ```
 *
 * @module
 */

import { Field } from "./field_names.ts";
import { type Hosts, HostVerdict } from "./host.ts";
import { Method } from "./method.ts";
import type { RequestHead } from "./request_head.ts";

const SLASH = 0x2f, QUESTION = 0x3f, ASTERISK = 0x2a;

const SCHEMES = ["http://", "https://"].map((scheme) =>
  new TextEncoder().encode(scheme)
);

/** What has become of a target. */
export enum TargetVerdict {
  /** It has a path, from {@linkcode Target.start} to `end`. */
  Path,
  /** It is the server as a whole. */
  Server,
  /** It is not of any form that goes with the method. */
  Malformed,
  /** The host is missing, or is no host, or there are two. */
  BadHost,
  /** The host may be another one. */
  Foreign,
}

/** The target of one request after the other. */
export class Target {
  /** Where path and query begin, in the head's bytes. */
  start = 0;
  /** Where they end. */
  end = 0;

  /**
   * Takes the target of a head apart.
   *
   * @param hosts the names of this server.
   */
  read(head: RequestHead, hosts: Hosts): TargetVerdict {
    const { bytes } = head;
    this.start = head.targetStart;
    this.end = head.targetEnd;
    if (bytes[this.start] === SLASH) return this.#hosted(head, hosts);
    if (bytes[this.start] === ASTERISK && this.end === this.start + 1) {
      if (head.method !== Method.Options) return TargetVerdict.Malformed;
      const verdict = this.#hosted(head, hosts);
      return verdict === TargetVerdict.Path ? TargetVerdict.Server : verdict;
    }
    const scheme = SCHEMES.find((scheme) => this.#begins(bytes, scheme));
    return scheme === undefined
      ? TargetVerdict.Malformed
      : this.#absolute(head, this.start + scheme.length, hosts);
  }

  /** The host is in the field of that name. */
  #hosted(head: RequestHead, hosts: Hosts): TargetVerdict {
    if (!head.has(Field.Host)) {
      return head.minor === 0 ? TargetVerdict.Path : TargetVerdict.BadHost;
    }
    if (head.isRepeated(Field.Host)) return TargetVerdict.BadHost;
    const { bytes } = head;
    return judge(bytes, head.start(Field.Host), head.end(Field.Host), hosts);
  }

  /** The host is in the target, which counts more than the field. */
  #absolute(
    head: RequestHead,
    authority: number,
    hosts: Hosts,
  ): TargetVerdict {
    const field = this.#hosted(head, hosts);
    if (field === TargetVerdict.BadHost) return field;
    const { bytes } = head;
    let at = authority;
    while (at < this.end && bytes[at] !== SLASH && bytes[at] !== QUESTION) at++;
    if (at === authority) return TargetVerdict.Malformed;
    this.start = at;
    return judge(bytes, authority, at, hosts);
  }

  #begins(bytes: Uint8Array, scheme: Uint8Array): boolean {
    if (this.end - this.start < scheme.length) return false;
    for (let i = 0; i < scheme.length; i++) {
      if ((bytes[this.start + i] | 0x20) !== (scheme[i] | 0x20)) return false;
    }
    return true;
  }
}

function judge(
  bytes: Uint8Array,
  start: number,
  end: number,
  hosts: Hosts,
): TargetVerdict {
  switch (hosts.judge(bytes, start, end)) {
    case HostVerdict.Known:
      return TargetVerdict.Path;
    case HostVerdict.Foreign:
      return TargetVerdict.Foreign;
    case HostVerdict.Malformed:
      return TargetVerdict.BadHost;
  }
}
