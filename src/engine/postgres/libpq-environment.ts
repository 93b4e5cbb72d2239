import type { DatabaseAddress } from './database-address.js';
import { libpqTls } from './tls.js';

/**
 * The whole environment of a PostgreSQL program that works on this database. The service's own
 * variables are left out: they hold its secrets, and some (`PGOPTIONS`, `PGSERVICE`, …) would change
 * what the program does. The password travels here because arguments can be read by everybody.
 */
export function libpqEnvironment(address: DatabaseAddress, options: { pgOptions?: string } = {}): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    // Messages in English, so that they can be recognised, and no locale of ours in a dump.
    LC_ALL: 'C',
    PGHOST: address.host,
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
