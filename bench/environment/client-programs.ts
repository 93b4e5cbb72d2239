import { dirname } from 'node:path';
import { findProgram } from '../../src/engine/postgres/programs/programs.js';

/**
 * A PATH on which PostgreSQL's programs themselves come first: those that Debian puts on the usual one start Perl to
 * find them, which no measurement should count.
 */
export async function pathOfClientPrograms(): Promise<string> {
  const { path } = await findProgram('pg_dump');
  return `${dirname(path)}:${process.env.PATH}`;
}
