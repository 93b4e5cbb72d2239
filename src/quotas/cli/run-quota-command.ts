import { Client } from 'pg';
import { appendOperatorEntry } from '../../audit/cli/operator-entry.js';
import { statementsOn } from '../../audit/chain/statements.js';
import type { Statements } from '../../audit/chain/statements.js';
import { limitsOf, QUOTAS } from '../quota-limits.js';
import type { OwnLimits, QuotaDefaults } from '../quota-limits.js';
import { ownLimits, useOf } from '../quota-use.js';
import { changed } from './quota-arguments.js';
import type { QuotaArguments } from './quota-arguments.js';

type Print = (line: string) => void;

/** Runs one command on a state database, printing line by line. A change and its entry in the audit are one transaction. Rejects as the database does. */
export async function runQuotaCommand(
  args: QuotaArguments,
  { url, defaults }: { url: string; defaults: QuotaDefaults },
  print: Print,
): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'snapback quotas' });
  client.on('error', () => undefined);
  await client.connect();
  const run = statementsOn(client);
  try {
    if (args.command !== 'list') await change(run, args);
    const organizations = args.organization === undefined ? await allOrganizations(run) : [args.organization];
    for (const organization of organizations) await show(run, organization, { defaults, json: args.json, print });
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function change(run: Statements, args: Exclude<QuotaArguments, { command: 'list' }>): Promise<void> {
  const { organization } = args;
  await run('BEGIN');
  // Two changes at a time take turns, also where there is no row yet.
  await run('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`quota:${organization}`]);
  const before = await ownLimits(run, organization);
  const after = args.command === 'set' ? changed(before, args.changes) : {};
  if (Object.keys(after).length === 0) await run('DELETE FROM quotas WHERE organization = $1', [organization]);
  else
    await run(
      `INSERT INTO quotas (organization, limits) VALUES ($1, $2)
       ON CONFLICT (organization) DO UPDATE SET limits = excluded.limits, updated_at = now()`,
      [organization, JSON.stringify(after)],
    );
  // What was held back by the limit before looks at the one there is now.
  await run(
    `UPDATE jobs.job SET start_after = now()
      WHERE state < 'active' AND NOT blocked AND start_after > now() AND group_id = $1`,
    [organization],
  );
  const subject = ['organization', organization] as const;
  await appendOperatorEntry(run, {
    operation: `quotas.${args.command}`,
    subject,
    before: { ...before },
    after: { ...after },
  });
  await run('COMMIT');
}

async function allOrganizations(run: Statements): Promise<string[]> {
  const rows = await run<{ organization: string }>(
    'SELECT organization FROM projects UNION SELECT organization FROM quotas ORDER BY organization',
  );
  return rows.map(({ organization }) => organization);
}

async function show(
  run: Statements,
  organization: string,
  { defaults, json, print }: { defaults: QuotaDefaults; json: boolean; print: Print },
): Promise<void> {
  const own: OwnLimits = await ownLimits(run, organization);
  const limits = limitsOf(own, defaults);
  // In quotes: nothing in a name moves a terminal's cursor.
  if (!json) print(`${JSON.stringify(organization)}:`);
  for (const name of QUOTAS) {
    const { limit, source } = limits[name];
    const used = await useOf(run, organization, name);
    if (json)
      print(JSON.stringify({ organization, name, limit, source, used, reached: limit !== null && used >= limit }));
    else print(`  ${name}: ${used} of ${limit ?? 'any number'} (${source})${remark(used, limit)}`);
  }
}

function remark(used: number, limit: number | null): string {
  if (limit === null || used < limit) return '';
  return used > limit
    ? ', which is more than it may have: nothing is deleted, and what is new is refused until it is less'
    : ', which is all that it may have';
}
