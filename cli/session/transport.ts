import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { rootCertificates } from 'node:tls';
import { EnvHttpProxyAgent, install, setGlobalDispatcher } from 'undici';
import { usage } from '../outcome/outcome-error.js';

/** The file that was asked for, or that `SNAPBACK_CA_FILE` names; found again from any directory. */
export function caFileOf(
  asked: string | undefined,
  { SNAPBACK_CA_FILE: named }: NodeJS.ProcessEnv,
): string | undefined {
  const file = asked ?? named;
  return file === undefined || file === '' ? undefined : resolve(file);
}

/** The program's own HTTP client: what Node brings along knows of proxies and certificates only since lately, and differs from version to version. */
export async function prepareTransport(caFile: string | undefined): Promise<void> {
  const ca = caFile === undefined ? undefined : [...rootCertificates, await certificatesIn(caFile)];
  const tls = ca === undefined ? {} : { connect: { ca }, requestTls: { ca }, proxyTls: { ca } };
  // HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as everybody's. A tunnel only to what is encrypted: proxies refuse others.
  setGlobalDispatcher(new EnvHttpProxyAgent({ ...tls, proxyTunnel: false }));
  install();
}

async function certificatesIn(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw usage(`The certificates in ${file} cannot be read: ${(cause as Error).message}.`, { cause });
  });
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw usage(`There is no certificate in ${file}; it must be a PEM file.`);
  return text;
}
