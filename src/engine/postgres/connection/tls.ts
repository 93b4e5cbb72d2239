import { existsSync, readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { DatabaseAddress } from './database-address.js';

/** Where Linux distributions keep the certificates they trust; libpq before 16 cannot find them by itself. */
const SYSTEM_CERTIFICATES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
];

/**
 * What the `pg` client is told about TLS. `PGSSLROOTCERT` names the authorities to trust instead of
 * the usual ones, for this process and for PostgreSQL's programs alike.
 */
export function nodeTls(address: DatabaseAddress): false | ConnectionOptions {
  // A unix socket never leaves the machine; libpq does not encrypt it either.
  if (address.tls === 'disable' || isUnixSocket(address)) return false;
  if (address.tls === 'require') return { rejectUnauthorized: false };
  const authorities = process.env['PGSSLROOTCERT'];
  return authorities ? { rejectUnauthorized: true, ca: readFileSync(authorities) } : { rejectUnauthorized: true };
}

/** The same for PostgreSQL's own programs, as environment variables. */
export function libpqTls(address: DatabaseAddress): Record<string, string> {
  if (address.tls === 'disable') return { PGSSLMODE: 'disable' };
  // With a root certificate in the home directory libpq would silently check it for `require` too.
  if (address.tls === 'require') return { PGSSLMODE: 'require', PGSSLROOTCERT: '/nonexistent/root.crt' };
  const authorities = process.env['PGSSLROOTCERT'] ?? SYSTEM_CERTIFICATES.find((path) => existsSync(path));
  return { PGSSLMODE: 'verify-full', ...(authorities ? { PGSSLROOTCERT: authorities } : {}) };
}

function isUnixSocket(address: DatabaseAddress): boolean {
  return address.host.startsWith('/');
}
