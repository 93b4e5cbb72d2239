import type pg from 'pg';
import { quoteLiteral } from '../sql/quote.js';

/** How a database encodes, orders and classifies text; fixed when it is created. */
export interface DatabaseLocale {
  /** PostgreSQL's name, e.g. `UTF8`. */
  encoding: string;
  collate: string;
  ctype: string;
  localeProvider: 'libc' | 'icu' | 'builtin';
  /** The locale of a provider other than libc, e.g. `de-DE-x-icu`. */
  providerLocale: string | null;
  icuRules: string | null;
}

/** The locale of the database the client is connected to. `major` is the server's. */
export async function readLocale(client: pg.ClientBase, major: number): Promise<DatabaseLocale> {
  // The columns came and were renamed version by version.
  const provider =
    major >= 15 ? `CASE datlocprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END` : `'libc'`;
  const locale = major >= 17 ? 'datlocale' : major >= 15 ? 'daticulocale' : 'NULL::text';
  const rules = major >= 16 ? 'daticurules' : 'NULL::text';
  const { rows } = await client.query<DatabaseLocale>(
    `SELECT pg_encoding_to_char(encoding)::text AS encoding, datcollate::text AS collate, datctype::text AS ctype,
            ${provider} AS "localeProvider", ${locale} AS "providerLocale", ${rules} AS "icuRules"
     FROM pg_database WHERE datname = current_database()`,
  );
  return rows[0]!;
}

/** The same as options of `CREATE DATABASE`. `major` is the server's. */
export function localeOptions(locale: DatabaseLocale, major: number): string {
  const options = [
    `ENCODING ${quoteLiteral(locale.encoding)}`,
    `LC_COLLATE ${quoteLiteral(locale.collate)}`,
    `LC_CTYPE ${quoteLiteral(locale.ctype)}`,
  ];
  if (major >= 15) options.push(`LOCALE_PROVIDER ${locale.localeProvider}`);
  if (locale.providerLocale !== null) {
    const keyword = locale.localeProvider === 'builtin' ? 'BUILTIN_LOCALE' : 'ICU_LOCALE';
    options.push(`${keyword} ${quoteLiteral(locale.providerLocale)}`);
  }
  if (locale.icuRules !== null) options.push(`ICU_RULES ${quoteLiteral(locale.icuRules)}`);
  return options.join(' ');
}
