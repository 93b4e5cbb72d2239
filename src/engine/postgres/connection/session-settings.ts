/*
 * What a role or a database has set for its sessions applies to ours as well, and some of it would change what a value's
 * text is, what a literal means, or how long we may live. This is the one list of what is pinned, for whatever connects to
 * an environment: our connections and PostgreSQL's programs. A test holds it against everything a server lets people set.
 *
 * Not everything is pinned for everybody. An expression that is evaluated while a snapshot is restored (an index on a function, a
 * generated column, a materialised view) was evaluated under the environment's own settings, and its value may depend on
 * them: whoever writes pins only what rows and definitions are *read* by, which their text as we print it does not leave open.
 */

/** Nobody's function or operator in another schema can stand in for PostgreSQL's own. */
export const OWN_NAMES_ONLY = { search_path: '' } as const;

/** Nothing ends our session or what it is at. Of every session, whatever else it is for; see `openConnection`. */
export const LASTING_SETTINGS = {
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
  transaction_timeout: '0',
  client_connection_check_interval: '0',
  exit_on_error: 'off',
} as const;

/** Nor are its transactions other ones, behind our back. */
const LIFE = {
  ...LASTING_SETTINGS,
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
} as const;

/** A read sees every row or fails, and a statement does what it says and nothing else. */
const WHOLE = {
  row_security: 'off',
  session_replication_role: 'origin',
  restrict_nonsystem_relation_kind: '',
  synchronize_seqscans: 'off',
} as const;

/** By what the text of rows and definitions is read. */
const MEANING = {
  standard_conforming_strings: 'on',
  backslash_quote: 'safe_encoding',
  array_nulls: 'on',
  IntervalStyle: 'postgres',
  lc_monetary: 'C',
  xmloption: 'content',
  transform_null_equals: 'off',
} as const;

/** By what else the text of rows and definitions is written; how it is read does not depend on these. */
const PRINTING = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, MDY',
  timezone_abbreviations: 'Default',
  extra_float_digits: '3',
  bytea_output: 'hex',
  xmlbinary: 'base64',
  lc_numeric: 'C',
  lc_time: 'C',
  default_text_search_config: 'pg_catalog.simple',
  quote_all_identifiers: 'off',
} as const;

/** All that shapes text. What was read under another list may have another text. */
export const TEXT_SETTINGS = { ...MEANING, ...PRINTING } as const;

/** Of every session that reads rows or definitions: equal values have equal text, and nothing else decides about it. */
export const READING_SETTINGS = { ...OWN_NAMES_ONLY, ...LIFE, ...WHOLE, ...TEXT_SETTINGS } as const;

/**
 * Of every session that puts rows or definitions in. Functions need not be looked at before all is there that they
 * name. Commits need not wait for the disk: nobody relies on what is being rebuilt before the cutover, which waits.
 */
export const WRITING_SETTINGS = {
  ...OWN_NAMES_ONLY,
  ...LIFE,
  ...WHOLE,
  ...MEANING,
  check_function_bodies: 'off',
  // A collation that was made is made again, whatever its locale is called.
  icu_validation_level: 'warning',
  client_min_messages: 'warning',
  synchronous_commit: 'off',
} as const;

/**
 * Of every session in which something is worked out as the application would: a materialised view, a generated value. All that could
 * matter to it is as the environment has it, but for the path, which is the second try.
 */
export const EVALUATING_SETTINGS = {
  ...OWN_NAMES_ONLY,
  ...LIFE,
  session_replication_role: 'origin',
  client_min_messages: 'warning',
  synchronous_commit: 'off',
} as const;

/** Of every session in which we change databases themselves: a commit that was acknowledged is on disk. */
export const DDL_SETTINGS = { ...OWN_NAMES_ONLY, ...LIFE, synchronous_commit: 'on' } as const;

/** Since when servers know the settings that not all of them do, by their major version. */
const KNOWN_SINCE: Readonly<Record<string, number>> = {
  idle_session_timeout: 14,
  client_connection_check_interval: 14,
  icu_validation_level: 16,
  transaction_timeout: 17,
  // Also in minor versions of older ones.
  restrict_nonsystem_relation_kind: Infinity,
};

/** Only a superuser may set these, and a start-up option that may not be set ends the connection. */
export const OF_SUPERUSERS: readonly string[] = ['session_replication_role'];

/**
 * The same as a value for `PGOPTIONS`, for PostgreSQL's programs. Left out is what a server of this major version may
 * not know and what a role may not be allowed: either would refuse the connection.
 */
export function programOptions(settings: Readonly<Record<string, string>>, serverMajor: number): string {
  return Object.entries(settings)
    .filter(([name]) => serverMajor >= (KNOWN_SINCE[name] ?? 0) && !OF_SUPERUSERS.includes(name))
    .map(([name, value]) => `-c ${name}=${value.replaceAll(/[\\\s]/g, String.raw`\$&`)}`)
    .join(' ');
}
