import { parseArgs } from 'node:util';
import type { OwnLimits, QuotaName } from '../quota-limits.js';

export const USAGE = `Usage: npm run quotas -- COMMAND [OPTIONS]

  list [ORGANIZATION]   What each organization may have, and what it has of it.
  set ORGANIZATION      Change its limits; what is not named stays. Each takes a number, 0 included, "none" for no
                        limit, or "default" for that of all organizations (QUOTA_…, docs/configuration.md).
      --environments N  Environments.
      --snapshots N     Snapshots: queued, running and completed ones.
      --stored-bytes N  Bytes in the vault, as they are stored.
      --running-jobs N  Jobs that run at a time, on all workers together. Rollbacks are never held back.
      --waiting-jobs N  Jobs that may wait before whoever asks for more is told to ask later.
  clear ORGANIZATION    It has the limits of all organizations again.

  --json prints one JSON object a line.

Nothing is deleted where there is more than a new limit lets: what is new is refused until there is less.
The state database, and the limits of all, are those that the service would use with the same environment.
Exit status: 0 it is done, 1 it could not be, 2 wrong usage.`;

export class QuotaUsageError extends Error {
  override name = 'QuotaUsageError';
}

const OPTIONS = {
  environments: 'environments',
  snapshots: 'snapshots',
  'stored-bytes': 'storedBytes',
  'running-jobs': 'runningJobs',
  'waiting-jobs': 'waitingJobs',
} as const satisfies Record<string, QuotaName>;

/** What is said of each limit that is named; undefined takes back what was said. */
export type LimitChanges = Readonly<Partial<Record<QuotaName, number | null | 'default'>>>;

export type QuotaArguments = { json: boolean } & (
  | { command: 'list'; organization?: string }
  | { command: 'set'; organization: string; changes: LimitChanges }
  | { command: 'clear'; organization: string }
);

/** Throws `QuotaUsageError`, whose message is one sentence. */
export function parseQuotaArguments(argv: readonly string[]): QuotaArguments {
  const { values, positionals } = parse([...argv]);
  const [command, organization, ...more] = positionals;
  if (more.length > 0) throw new QuotaUsageError('Name one command, and one organization.');
  const json = values.json === true;
  const changes = changesOf(values);
  const isChange = Object.keys(changes).length > 0;
  if (command !== 'set' && isChange) throw new QuotaUsageError('Only set takes limits.');
  if (command === 'list') return { command, json, ...(organization !== undefined && { organization }) };
  if (command !== 'set' && command !== 'clear') throw new QuotaUsageError('Name one command: list, set or clear.');
  if (organization === undefined || organization === '') throw new QuotaUsageError(`${command} takes an organization.`);
  if (command === 'clear') return { command, json, organization };
  if (!isChange) throw new QuotaUsageError('Name a limit.');
  return { command, json, organization, changes };
}

/** The limits after such a change. Pure. */
export function changed(own: OwnLimits, changes: LimitChanges): OwnLimits {
  const given = Object.entries({ ...own, ...changes }).filter(([, limit]) => limit !== 'default');
  return Object.fromEntries(given) as OwnLimits;
}

function changesOf(values: Partial<Record<keyof typeof OPTIONS, string>>): LimitChanges {
  const named = Object.entries(OPTIONS) as [keyof typeof OPTIONS, QuotaName][];
  return Object.fromEntries(
    named.flatMap(([option, name]) => {
      const text = values[option];
      return text === undefined ? [] : [[name, limitOf(option, text)]];
    }),
  );
}

function limitOf(option: string, text: string): number | null | 'default' {
  if (text === 'none') return null;
  if (text === 'default') return text;
  // As many digits as a number holds exactly.
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new QuotaUsageError(`--${option} takes a whole number, "none" or "default" (not "${text}").`);
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...{ environments: text, snapshots: text, 'stored-bytes': text, 'running-jobs': text, 'waiting-jobs': text },
        json: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new QuotaUsageError(error instanceof Error ? error.message : String(error));
  }
}
