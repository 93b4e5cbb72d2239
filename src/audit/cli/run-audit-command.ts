import { Client } from 'pg';
import type { AuditEntry } from '../chain/audit-entry.js';
import { proveChains } from '../chain/prove-chains.js';
import type { ChainVerdict } from '../chain/prove-chains.js';
import { entriesOf, organizationsWithChains } from '../chain/read-chain.js';
import { statementsOn } from '../chain/statements.js';
import type { Statements } from '../chain/statements.js';
import type { AuditArguments } from './audit-arguments.js';

type Print = (line: string) => void;

/**
 * Runs one command on a state database, printing line by line. Resolves to the exit status: 0, or 1 when a chain is not what it must be.
 * It sees one moment, and changes nothing. Rejects as the database does.
 */
export async function runAuditCommand(args: AuditArguments, url: string, print: Print): Promise<0 | 1> {
  const client = new Client({ connectionString: url, application_name: 'snapback audit' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const run = statementsOn(client);
    return args.command === 'verify' ? await verify(run, args, print) : await list(run, args, print);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function verify(run: Statements, { organization, expected, json }: AuditArguments, print: Print): Promise<0 | 1> {
  const only = organization === undefined ? undefined : { organization, ...(expected && { expected }) };
  let status: 0 | 1 = 0;
  for await (const verdict of proveChains(run, only)) {
    if (!verdict.ok) status = 1;
    print(json ? JSON.stringify(verdict) : inWords(verdict));
  }
  return status;
}

function inWords(verdict: ChainVerdict): string {
  const whose = verdict.organization === '' ? 'The service itself' : JSON.stringify(verdict.organization);
  if (!verdict.ok) return `${whose}: WRONG at entry ${verdict.sequence}. ${verdict.why}`;
  const { entries, from, to, head } = verdict;
  const range = from && to ? `, ${from.sequence} (${from.at}) to ${to.sequence} (${to.at})` : '';
  return `${whose}: ${entries} entries${range}; head ${head.sequence}:${head.hash}`;
}

async function list(run: Statements, args: AuditArguments, print: Print): Promise<0> {
  const organizations = args.organization === undefined ? await organizationsWithChains(run) : [args.organization];
  for (const organization of organizations) {
    for await (const entry of entriesOf(run, organization)) {
      if (isAskedFor(entry, args)) print(args.json ? JSON.stringify(entry) : lineOf(entry));
    }
  }
  return 0;
}

function isAskedFor(entry: AuditEntry, { actor, operation, since, until }: AuditArguments): boolean {
  return (
    (actor === undefined || entry.actor === actor) &&
    (operation === undefined || entry.operation === operation) &&
    (since === undefined || entry.at >= since.toISOString()) &&
    (until === undefined || entry.at < until.toISOString())
  );
}

/** Names are in quotes: nothing in them moves a terminal's cursor. */
function lineOf(entry: AuditEntry): string {
  const { organization, sequence, at, actor, operation, outcome, subjectKind, subjectId, requestId, after } = entry;
  const times = outcome === 'refused' && typeof after?.['times'] === 'number' ? ` ${after['times']} times` : '';
  const subject = subjectId === null ? '' : `  ${subjectKind ?? ''} ${JSON.stringify(subjectId)}`;
  const request = requestId === null ? '' : `  request ${requestId}`;
  const who = `${JSON.stringify(organization)} ${sequence}  ${JSON.stringify(actor)}`;
  return `${at}  ${who}  ${outcome}${times}  ${operation}${subject}${request}`;
}
