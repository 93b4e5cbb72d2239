import { hostname, userInfo } from 'node:os';
import { Client } from 'pg';
import { appendEntries } from '../chain/append-entries.js';
import { OWN_CHAIN } from '../chain/audit-entry.js';
import type { AuditedState } from '../chain/audit-entry.js';
import { statementsOn } from '../chain/statements.js';
import type { Statements } from '../chain/statements.js';

const CONNECT_TIMEOUT_MS = 3000;
/** Nobody holds a chain for so long. */
const STATEMENT_TIMEOUT_MS = 10_000;

/** What a person does at the command line of the service. */
export interface OperatorWork {
  /** `vault.rotate-key`, `token.mint`. */
  operation: string;
  subject: readonly [kind: string, id: string] | null;
  before?: AuditedState | null;
  /** With which arguments, or what is so from then on; without secrets. */
  after: AuditedState;
}

/** Who is at the command line: the user of the operating system, on which machine. */
export function operatorName(): string {
  return `operator:${userInfo().username}@${hostname()}`;
}

/** Writes it into the chain of the service itself, as the last thing of the caller's transaction. Rejects as the database does. */
export async function appendOperatorEntry(
  run: Statements,
  { operation, subject, before = null, after }: OperatorWork,
): Promise<void> {
  await appendEntries(run, OWN_CHAIN, [
    {
      ...{ actor: operatorName(), actorKind: 'operator', operation, outcome: 'done' },
      ...{ projectId: null, environmentId: null, address: null, userAgent: null, requestId: null },
      ...{ subjectKind: subject?.[0] ?? null, subjectId: subject?.[1] ?? null },
      ...{ before, after },
    },
  ]);
}

/**
 * Writes it into the chain of the service itself, in a transaction of its own. Resolves to why that could not be, in a sentence
 * without a secret; the work goes on all the same, for what is to be mended may be that database.
 */
export async function noteOperator(url: string | undefined, work: OperatorWork): Promise<string | undefined> {
  if (url === undefined) return notWritten('no state database can be reached');
  const client = new Client({
    connectionString: url,
    application_name: 'snapback',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('BEGIN');
    await appendOperatorEntry(statementsOn(client), work);
    await client.query('COMMIT');
    return undefined;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return notWritten(code === '42P01' ? 'the state database has none yet' : message);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function notWritten(why: string): string {
  return `This is not in the audit: ${why}.`;
}
