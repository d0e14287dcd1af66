/**
 * What can be set, for a database and for a listener: the flags of `serve`, and
 * the keys of the configuration file, which have the same names.
 *
 * @module
 */

import {
  choice,
  type Flag,
  path,
  size,
  toggle,
  type Values,
  whole,
} from "../cli/flags.ts";
import { LOG_FORMATS } from "../cli/logging.ts";
import { STORAGE_FLAGS } from "../cli/storage_flags.ts";
import { ROUTE_SEPARATOR } from "../handler/multiplexer.ts";
import { CACHE_CONTROL, OCTET_STREAM } from "../protocol/http/http.ts";
import { PROTOCOL_NAMES } from "../protocol/registry.ts";
import {
  type Address,
  formatAddress,
  parseAddress,
} from "../server/address.ts";
import { WATCH_MODES } from "../watcher/file_watcher.ts";

const ADDRESS: Address = { hostname: "127.0.0.1", port: 11211 };

/** What is set for a listener. */
export const LISTENER_FLAGS = {
  addr: {
    placeholder: "ADDRESS",
    help:
      "where to listen: HOST:PORT, [IPV6]:PORT, :PORT for every interface, or unix:PATH; several with commas between them",
    standard: formatAddress(ADDRESS),
    fallback: [ADDRESS],
    path: true,
    list: true,
    read: (text) => text.split(",").map(parseAddress),
  } as Flag<Address[]>,
  proto: choice(PROTOCOL_NAMES, "what clients speak", "memcached"),
  "content-type": {
    placeholder: "TYPE",
    help: "what the values are, with -proto http",
    standard: OCTET_STREAM,
    fallback: undefined,
    read(text) {
      if (/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+( *; *[ -~]+)?$/.test(text)) {
        return text;
      }
      throw new RangeError("it must be a media type, such as image/png");
    },
  } as Flag<string | undefined>,
  "cache-control": {
    placeholder: "VALUE",
    help: "how long caches may keep values, with -proto http",
    standard: CACHE_CONTROL,
    fallback: undefined,
    read(text) {
      if (/^[!-~]+(?: [!-~]+)*$/.test(text)) return text;
      throw new RangeError("it must be the value of the header field");
    },
  } as Flag<string | undefined>,
  "cors-origin": {
    placeholder: "ORIGIN",
    help:
      "whose pages may read over HTTP in browsers: https://app.example.com, or * for all; several with commas between them",
    fallback: undefined,
    list: true,
    read(text) {
      const origins = text.split(",");
      const wrong = origins.find((origin) =>
        origin !== "*" && !isOrigin(origin)
      );
      if (wrong === undefined) return origins;
      throw new RangeError(
        `"${wrong}" is not an origin: write https://app.example.com, without a path`,
      );
    },
  } as Flag<string[] | undefined>,
  "http-host": {
    placeholder: "NAME",
    help:
      "names that HTTP clients may ask by, besides addresses, localhost and that of -addr: NAME, *.NAME or *; several with commas between them",
    fallback: undefined,
    list: true,
    read(text) {
      const names = text.split(",");
      const wrong = names.find((name) =>
        !/^(?:\*|(?:\*\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)$/.test(name)
      );
      if (wrong === undefined) return names;
      throw new RangeError(
        `"${wrong}" is not a name: write kv.example.com, without a port`,
      );
    },
  } as Flag<string[] | undefined>,
  users: path(
    "PATH",
    "who may ask, with a password: lines of NAME:HASH, as openssl passwd -6 makes it",
  ),
  "keep-sessions": toggle(
    "clients stay when their user is removed from -users, or has another password",
  ),
  tokens: path(
    "PATH",
    "who may ask over HTTP, with a bearer token: lines of NAME:SUM, as sha256sum makes it",
  ),
  "tls-cert": path("PATH", "speak TLS, with this certificate in PEM"),
  "tls-key": path("PATH", "the private key of the certificate, in PEM"),
  workers: {
    placeholder: "N|auto",
    help: "threads that serve",
    standard: "auto: one a core",
    fallback: "auto",
    choices: ["auto"],
    range: [1, 999],
    read(text) {
      if (text === "auto") return text;
      if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
      throw new RangeError("it must be auto, or a number from 1 to 999");
    },
  } as Flag<number | "auto">,
  transport: choice(
    ["auto", "deno", "epoll"],
    "what moves the bytes: the C library's epoll (Linux), or Deno.listen",
    "auto",
  ),
  "max-conns": whole("N", "connections at a time", 1024, 1, 1_000_000),
  "idle-timeout": whole(
    "MS",
    "close connections after so long without a byte; 0: never, with http after 75 s",
    0,
    0,
    86_400_000,
  ),
};

/** What is set for a database. */
export const DATABASE_FLAGS = {
  file: path("PATH", "the data file to watch for (required)"),
  basedir: path(
    "DIRECTORY",
    "move each new data file here, into data00 and data01 in turn; without it the file is served where it lies",
  ),
  "keep-previous": toggle(
    "keep the file that was served before, for goromdb rollback",
  ),
  ...STORAGE_FLAGS,
  watch: {
    ...choice(
      WATCH_MODES,
      "when a new file counts as complete: its PATH.md5 or PATH.sha256 is right, or it has stopped changing (simple)",
    ),
    standard: "md5 with -basedir, simple without",
  },
  interval: whole(
    "MS",
    "how often to look for a new file, should the system not tell",
    5000,
    10,
    86_400_000,
  ),
  memory: choice(
    ["auto", "map", "read"],
    "how a file of a format that is read in place becomes bytes: mapped, or read whole; auto maps a large file in -basedir, where nobody else writes to it",
    "auto",
  ),
  warm: toggle("bring the whole file into memory before it is served"),
};

/** Keys of a listener that make no sense where there is one database. */
export const ROUTE_FLAGS = {
  "route-separator": {
    placeholder: "CHARACTER",
    help:
      "what parts the name of a database and a key, where a listener has several",
    standard: ROUTE_SEPARATOR,
    fallback: ROUTE_SEPARATOR,
    read(text) {
      if (/^[!-~]$/.test(text)) return text;
      throw new RangeError("it must be one ASCII character that shows");
    },
  } as Flag<string>,
};

/** What is set for the whole program. */
export const PROGRAM_FLAGS = {
  "max-memory": size(
    "memory that clients may make the server hold, all together: for requests that are not whole yet, and for answers that they do not read (a container's limit is its machine's)",
    "a tenth of the machine's",
    undefined,
    1024 ** 2,
  ),
  "log-format": choice(LOG_FORMATS, "how log lines look", "text"),
};

/** One database, as it is to be. */
export interface DatabaseSettings extends Values<typeof DATABASE_FLAGS> {
  /** Its name. */
  readonly name: string;
  /** The data file to watch for. */
  readonly file: string;
}

/** One listener, as it is to be. */
export interface ListenerSettings
  extends Values<typeof LISTENER_FLAGS>, Values<typeof ROUTE_FLAGS> {
  /** The names of its databases, in order. */
  readonly databases: readonly string[];
}

/** Everything that a server is to be. */
export interface Configuration extends Values<typeof PROGRAM_FLAGS> {
  /** The databases, in order. */
  readonly databases: readonly DatabaseSettings[];
  /** Where they are served. */
  readonly listeners: readonly ListenerSettings[];
}

function isOrigin(text: string): boolean {
  try {
    return new URL(text).origin === text;
  } catch {
    return false;
  }
}
