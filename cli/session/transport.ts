import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import tls from 'node:tls';
import { EnvHttpProxyAgent, install, setGlobalDispatcher } from 'undici';
import { usage } from '../outcome/outcome-error.js';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;
const PROXY_PROTOCOLS = ['http:', 'https:', 'socks5:'];

/** The file that was asked for, or that `SNAPBACK_CA_FILE` names; found again from any directory. */
export function caFileOf(
  asked: string | undefined,
  { SNAPBACK_CA_FILE: named }: NodeJS.ProcessEnv,
): string | undefined {
  const file = asked ?? named;
  return file === undefined || file === '' ? undefined : resolve(file);
}

/** The program's own HTTP client: what Node brings along knows of proxies and certificates only since lately, and differs from version to version. */
export async function prepareTransport(environment: NodeJS.ProcessEnv, caFile: string | undefined): Promise<void> {
  const ca = caFile === undefined ? undefined : [...usualCertificates(), ...(await certificatesIn(caFile))];
  const certificates = ca === undefined ? {} : { connect: { ca }, requestTls: { ca }, proxyTls: { ca } };
  const [httpProxy, httpsProxy] = [proxyOf(environment, 'HTTP_PROXY'), proxyOf(environment, 'HTTPS_PROXY')];
  // NO_PROXY is looked at there, as everybody does. A tunnel only to what is encrypted: proxies refuse others.
  setGlobalDispatcher(new EnvHttpProxyAgent({ httpProxy, httpsProxy, ...certificates, proxyTunnel: false }));
  install();
}

/** Those that Node trusts, with what NODE_EXTRA_CA_CERTS names where Node says so. */
function usualCertificates(): readonly string[] {
  // Since Node 22.15.
  const { getCACertificates }: Partial<typeof tls> = tls;
  return getCACertificates?.('default') ?? tls.rootCertificates;
}

async function certificatesIn(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(unreadable(file));
  const certificates = text.match(CERTIFICATE);
  if (certificates === null) throw usage(`There is no certificate in ${file}; it must be a PEM file.`);
  try {
    return certificates.map((certificate) => new X509Certificate(certificate).toString());
  } catch (cause) {
    return unreadable(file)(cause);
  }
}

function unreadable(file: string) {
  return (cause: unknown): never => {
    throw usage(`The certificates in ${file} cannot be read: ${(cause as Error).message}.`, { cause });
  };
}

/** Empty where there is none. A proxy is called by its name and port alone, too. What is wrong is not said again: there may be a password in it. */
function proxyOf(environment: NodeJS.ProcessEnv, variable: 'HTTP_PROXY' | 'HTTPS_PROXY'): string {
  const named = environment[variable.toLowerCase()] ?? environment[variable] ?? '';
  if (named === '') return '';
  const url = named.includes('://') ? named : `http://${named}`;
  if (!URL.canParse(url) || !PROXY_PROTOCOLS.includes(new URL(url).protocol))
    throw usage(`${variable} names no proxy; it is one like http://proxy.internal:3128.`);
  return url;
}
