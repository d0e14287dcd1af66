/** Certificates for tests, made by openssl. */

import { isInstalled, run } from "./clients/serving.ts";

/** A certificate in files, and the authority that vouches for it. */
export interface TestCertificate {
  /** The certificate. */
  cert: string;
  /** Its private key. */
  key: string;
  /** The authority's own certificate, in PEM. */
  authority: string;
}

/** Whether certificates can be made; says so if not. */
export function canMakeCertificates(): Promise<boolean> {
  return isInstalled("openssl", ["version"]);
}

/** Makes a certificate for `localhost`, with an authority of its own. */
export async function makeCertificate(
  directory: string,
  name: string,
): Promise<TestCertificate> {
  const at = (file: string) => `${directory}/${name}.${file}`;
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  await openssl(
    ...["req", "-x509", ...key, "-nodes", "-days", "2"],
    ...["-subj", `/CN=authority ${name}`],
    ...["-keyout", at("ca.key"), "-out", at("ca")],
  );
  await openssl(
    ...["req", ...key, "-nodes", "-subj", `/CN=${name}`],
    ...["-keyout", at("key"), "-out", at("request")],
  );
  await Deno.writeTextFile(
    at("names"),
    "subjectAltName=DNS:localhost,IP:127.0.0.1\n",
  );
  await openssl(
    ...["x509", "-req", "-in", at("request"), "-days", "2"],
    ...["-CA", at("ca"), "-CAkey", at("ca.key"), "-CAcreateserial"],
    ...["-extfile", at("names"), "-out", at("cert")],
  );
  return {
    cert: at("cert"),
    key: at("key"),
    authority: await Deno.readTextFile(at("ca")),
  };
}

async function openssl(...args: string[]): Promise<void> {
  const { code, errors } = (await run("openssl", args))!;
  if (code !== 0) throw new Error(errors);
}
