import type { DatabaseEntry, DatabasePropertiesEntry } from '../../vault/manifests/manifest-database.js';
import { capturedSettings } from '../postgres/properties/captured-properties.js';
import { type DatabaseLocale, localeOptions } from '../postgres/databases/database-locale.js';
import { OF_THE_SESSION, setStatement } from '../postgres/properties/put-properties.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/sql/quote.js';

/** As psql writes the name of the database that is loaded. */
const TARGET = ':"target"';

/** An older server has privileges of databases in no other letters. */
const PRIVILEGES: Readonly<Record<string, string>> = { C: 'CREATE', T: 'TEMPORARY', c: 'CONNECT' };

export interface PropertyStatements {
  /** Makes the database. */
  create: string;
  /** Before anything is in it: definitions and rows may depend on it. Each statement by itself. */
  before: string;
  /** When all is in it: what decides who gets in and what becomes of a session. Each by itself. */
  after: string;
}

/** What belongs to the database itself, as scripts for psql with the variable `target`. */
export function writePropertyStatements({ properties, serverVersion }: DatabaseEntry): PropertyStatements {
  const settings = capturedSettings(properties);
  const isLate = ({ name }: { name: string }) => OF_THE_SESSION.includes(name);
  const { owner, comment, connectionLimit, privileges } = properties;
  const after = [
    ...settings.filter(isLate).map((setting) => setStatement(setting, TARGET)),
    `\\if :keep_owners\nALTER DATABASE ${TARGET} OWNER TO ${quoteIdentifier(owner)};`,
    ...(privileges === undefined ? [] : grants(privileges)),
    `\\endif\nCOMMENT ON DATABASE ${TARGET} IS ${comment == null ? 'NULL' : quoteLiteral(comment)}`,
    ...(connectionLimit === undefined ? [] : [`ALTER DATABASE ${TARGET} CONNECTION LIMIT ${connectionLimit}`]),
  ];
  return {
    create: `CREATE DATABASE ${TARGET} TEMPLATE template0 ${localeOptions(localeOf(properties), Number.parseInt(serverVersion, 10))};\n`,
    before: lines(settings.filter((each) => !isLate(each)).map((setting) => setStatement(setting, TARGET))),
    after: lines(after),
  };
}

function localeOf({ encoding, collate, ctype, localeProvider, locale }: DatabasePropertiesEntry): DatabaseLocale {
  const provider = localeProvider === 'icu' || localeProvider === 'builtin' ? localeProvider : 'libc';
  return { encoding, collate, ctype, localeProvider: provider, providerLocale: locale ?? null, icuRules: null };
}

/** As `pg_database.datacl` prints them: `grantee=letters/grantor`, a star behind a letter for the grant option. */
function grants(privileges: readonly string[]): string[] {
  const granted = privileges.flatMap((text) => {
    const [, grantee = '', letters = ''] = /^((?:"(?:[^"]|"")*"|[^="]*)*)=([A-Za-z*]*)\//.exec(text) ?? [];
    const to = grantee === '' ? 'PUBLIC' : quoteIdentifier(plain(grantee));
    return [...letters.matchAll(/([A-Za-z])(\*?)/g)].flatMap(([, letter = '', star]) => {
      const privilege = PRIVILEGES[letter];
      const option = star === '' ? '' : ' WITH GRANT OPTION';
      return privilege === undefined ? [] : [`GRANT ${privilege} ON DATABASE ${TARGET} TO ${to}${option}`];
    });
  });
  return [`REVOKE ALL ON DATABASE ${TARGET} FROM PUBLIC`, ...granted];
}

function plain(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

function lines(statements: readonly string[]): string {
  return statements.map((statement) => `${statement}${statement.endsWith(';') ? '' : ';'}\n`).join('');
}
