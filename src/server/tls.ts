/**
 * The certificate of a listener that speaks TLS, and how a new one comes into
 * force.
 *
 * A listener keeps the certificate that it was opened with. So another one is
 * opened on the same port, beside it; the first one then accepts what has come
 * to it, and is closed. The connections that it has accepted stay.
 *
 * A connection that comes to the first one at the very moment of its closing is
 * reset by the kernel, and has to be made again. Linux hands it on to the other
 * listener instead if `sysctl net.ipv4.tcp_migrate_req=1` says so.
 *
 * @module
 */

/** A certificate and its key, both in PEM. */
export interface Certificate {
  /** The certificate, and those that lead from it to a known one. */
  readonly cert: string;
  /** The private key. */
  readonly key: string;
}

/** A certificate or its key cannot be used. */
export class CertificateError extends Error {
  /** Stable: `CertificateError`. */
  override readonly name = "CertificateError";
}

/**
 * Makes sure that a certificate can be used.
 *
 * @param where its file and that of its key, for messages.
 * @throws {CertificateError} that says what is wrong with which of them.
 */
export function checkCertificate(
  certificate: Certificate,
  where: Readonly<Record<"cert" | "key", string>>,
): void {
  if (!/-----BEGIN CERTIFICATE-----/.test(certificate.cert)) {
    throw new CertificateError(`${where.cert} is not a certificate in PEM`);
  }
  if (!/-----BEGIN (?:RSA |EC )?PRIVATE KEY-----/.test(certificate.key)) {
    throw new CertificateError(
      `${where.key} is not a private key in PEM without a passphrase`,
    );
  }
  try {
    // The one who uses it knows best; nobody can reach this listener in time.
    Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...certificate }).close();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CertificateError(
      `${where.cert} cannot be used with ${where.key}: ${reason}`,
    );
  }
}

/** Counts the connections that a listener accepts. */
export interface Accepting {
  /** How many it has accepted. */
  readonly accepted: number;
}

/** Settles when a listener has accepted what had come to it. */
export async function drained(listener: Accepting): Promise<void> {
  for (let before = -1; before !== listener.accepted;) {
    before = listener.accepted;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
