import { publicAddressesOf } from '../../network/public-address.js';
import type { DatabaseAddress } from './database-address.js';
import { libpqTls } from './tls.js';

/**
 * The whole environment of a PostgreSQL program that works on this database. The service's own
 * variables are left out: they hold its secrets, and some (`PGOPTIONS`, `PGSERVICE`, …) would change
 * what the program does. The password travels here because arguments can be read by everybody.
 */
export function libpqEnvironment(address: DatabaseAddress, options: { pgOptions?: string } = {}): NodeJS.ProcessEnv {
  const { publicOnly, ...place } = address;
  if (publicOnly === true) throw new TypeError('Such a host has to be looked up first: libpqEnvironmentOf.');
  return environmentOf(place, [], options);
}

/**
 * The same for any address. Of a host that may only be public it has the addresses that were looked at, so that the program looks
 * none up. Rejects with `AddressRefused`, or with the error of the look-up.
 */
export async function libpqEnvironmentOf(
  address: DatabaseAddress,
  options: { pgOptions?: string } = {},
): Promise<NodeJS.ProcessEnv> {
  const addresses = address.publicOnly === true ? await publicAddressesOf(address.host) : [];
  return environmentOf(address, addresses, options);
}

function environmentOf(
  address: DatabaseAddress,
  addresses: readonly { address: string }[],
  options: { pgOptions?: string },
): NodeJS.ProcessEnv {
  // As many hosts as addresses: libpq tries one after the other.
  const hosts = addresses.length === 0 ? [address.host] : addresses.map(() => address.host);
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    // Messages in English, so that they can be recognised, and no locale of ours in a dump.
    LC_ALL: 'C',
    PGHOST: hosts.join(','),
    ...(addresses.length > 0 && { PGHOSTADDR: addresses.map((each) => each.address).join(',') }),
    PGPORT: String(address.port),
    PGUSER: address.user,
    PGPASSWORD: address.password,
    PGCONNECT_TIMEOUT: '10',
    PGAPPNAME: 'snapback',
    PGGSSENCMODE: 'disable',
    ...libpqTls(address),
    ...(options.pgOptions ? { PGOPTIONS: options.pgOptions } : {}),
  };
}

/**
 * A value for `--dbname`. A bare name with `=` in it, or one that begins with `postgres://`, would be
 * read as a connection string; as a quoted part of one it can only be a name.
 */
export function dbnameArgument(database: string): string {
  return `--dbname=dbname='${database.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
