import { libpqEnvironment } from '../../src/engine/postgres/connection/libpq-environment.js';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { findProgram } from '../../src/engine/postgres/programs/programs.js';
import { describeTree } from '../harness/compare-trees.js';
import { ask, connected, words } from './ask.js';
import { describeData } from './describe-data.js';
import { describeMembers } from './describe-members.js';
import { run } from './programs.js';

/**
 * What a database and a filestore are, by subject: definitions, extension members, rows, sequences, large objects, files.
 * Made of what `pg_dump` says and of queries of its own: it shares nothing with what it has to judge.
 */
export type Description = Map<string, string>;

export interface DescribeOptions {
  /** Without owners and privileges, and without what belongs to the database itself: for a copy elsewhere. */
  elsewhere?: boolean;
  /** Asked as this role. */
  probes?: { address: DatabaseAddress; queries: readonly string[] };
  files?: string;
  /** Subjects that are left out. */
  volatile?: readonly string[];
}

/** Our own marker lies there, and comes and goes with snapshots. */
const OURS = '--exclude-schema=snapback';

/** `address`: as a superuser. */
export async function describe(address: DatabaseAddress, options: DescribeOptions = {}): Promise<Description> {
  const description: Description = new Map();
  const add = (subject: string, words: string) =>
    description.set(subject, description.has(subject) ? `${description.get(subject)}\n${words}` : words);
  await describeDefinitions(address, options, add);
  await connected(address, async (client) => {
    await describeMembers(client, options, add);
    await describeData(client, options, add);
  });
  for (const query of options.probes?.queries ?? []) {
    const answer = await ask(options.probes!.address, query).then((rows) => JSON.stringify(rows), words);
    add(`probe ${query}`, answer);
  }
  if (options.files !== undefined) {
    for (const line of await describeTree(options.files)) {
      const [, path] = /^("(?:[^"\\]|\\.)*")/.exec(line)!;
      add(`file ${path}`, line.slice(path!.length + 1));
    }
  }
  for (const subject of options.volatile ?? []) description.delete(subject);
  return description;
}

/** One subject for each entry of a dump without rows, so that the order of entries does not matter. */
async function describeDefinitions(
  address: DatabaseAddress,
  { elsewhere }: DescribeOptions,
  add: (subject: string, words: string) => void,
): Promise<void> {
  const { path } = await findProgram('pg_dump');
  const breadth = elsewhere === true ? ['--no-owner', '--no-privileges'] : ['--create'];
  const options = ['--schema-only', OURS, ...breadth, address.database];
  // Amounts are written as the database's setting says, which is another one elsewhere.
  const env = { ...libpqEnvironment(address), PGOPTIONS: '-c lc_monetary=C' };
  const text = await run([path, ...options], { env });
  for (const part of text.split(/^--\n-- Name: /m).slice(1)) {
    const [, subject, owner, body] = /^(.*?)(?:; Owner: (.*))?\n--\n([^]*)$/.exec(part) ?? [];
    if (subject === undefined || body === undefined) throw new Error(`An entry of pg_dump was not understood: ${part}`);
    add(`definition ${subject}`, `${elsewhere === true ? '' : `-- of ${owner ?? 'nobody'}\n`}${withoutSettings(body)}`);
  }
}

/** Which settings precede an entry depends on the one before it. */
function withoutSettings(body: string): string {
  return body
    .replaceAll(/^SET default_(tablespace|table_access_method|with_oids) = .*$/gm, '')
    .replaceAll(/^\\(un)?restrict .*$/gm, '')
    .replaceAll(/^-- PostgreSQL database dump complete$/gm, '')
    .replaceAll(/^--\n*$/gm, '')
    .replaceAll(/\n{2,}/g, '\n')
    .trim();
}
