import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { MARKER_SCHEMA } from '../../src/engine/postgres/cut/cut-moment.js';
import { findProgram } from '../../src/engine/postgres/programs/programs.js';

/** A snapshot and a rollback leave a mark in it, by which the next snapshot knows what it can build on. */
const WITHOUT_OURS = `--exclude-schema=${MARKER_SCHEMA}`;
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Everything in the database that is not rows, as pg_dump writes it: the text of each definition by its
 * name. Where a definition stands in the dump does not matter, what stands in it does. The mark that Snapback leaves is none.
 */
export async function dumpDefinitions(url: string): Promise<Map<string, string>> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const { path: pgDump } = await findProgram('pg_dump');
  const { stdout } = await promisify(execFile)(pgDump, ['--schema-only', '--no-password', WITHOUT_OURS], {
    env: {
      PATH: process.env['PATH'],
      LC_ALL: 'C',
      PGHOST: hostname,
      PGPORT: port || '5432',
      PGUSER: decodeURIComponent(username),
      PGPASSWORD: decodeURIComponent(password),
      PGDATABASE: decodeURIComponent(pathname.slice(1)),
    },
    maxBuffer: MAX_BYTES,
  });
  return splitDump(stdout);
}

/** What differs from dump to dump of the same database, or depends on which definition happens to come first. */
const NOT_DEFINITIONS =
  /^(?:\\(?:un)?restrict .*|-- Dumped (?:from|by) .*|SET default_tablespace = '';|SET default_table_access_method = heap;)$/gm;
const END = /^--\n-- PostgreSQL database dump complete\n--\n/m;
const SEPARATOR = '\n\f\n';
const HEADING = /^-- Name: (.*)$/m;

/** Exported for its test. */
export function splitDump(dump: string): Map<string, string> {
  const definitions = new Map<string, string>();
  const parts = dump
    .replace(END, '')
    .replaceAll(NOT_DEFINITIONS, '')
    .split(/^--\n(?=-- Name: )/m);
  for (const part of parts) {
    const name = HEADING.exec(part)?.[1] ?? 'the head of the dump';
    const text = part.trim();
    // Overloaded functions and the like may share a heading.
    definitions.set(name, [...(definitions.get(name)?.split(SEPARATOR) ?? []), text].toSorted().join(SEPARATOR));
  }
  return definitions;
}
