import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Makes a certificate that nobody trusts; returns the paths of its key and of itself.
 *
 * @param passphrase the key's, if it is to have one.
 */
export async function certificate(folder, passphrase) {
  const [key, cert] = ["privkey.pem", "fullchain.pem"].map((name) => join(folder, name));
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", ...(passphrase ? ["-passout", `pass:${passphrase}`] : ["-nodes"]), "-days", "1", "-subj", "/CN=video.example"];
  await run("openssl", ["req", "-x509", ...kind, "-keyout", key, "-out", cert]);
  return { key, cert };
}
