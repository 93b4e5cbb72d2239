import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { AuditEntry, AuditListData, AuditOutcome } from '../../sdk/typescript/index.js';
import type { Invocation } from '../invocation.js';
import { findEnvironment } from '../names/find-environment.js';
import { findProject, projectAskedFor } from '../names/find-project.js';
import { timeOf } from '../names/time-of.js';
import type { Column } from '../output/table.js';
import { limitOption } from './options.js';

const COLUMNS: readonly Column<AuditEntry>[] = [
  { title: 'at', cell: ({ at }) => at.slice(0, 19).replace('T', ' ') },
  { title: 'actor', cell: ({ actor }) => actor },
  { title: 'operation', cell: ({ operation }) => operation },
  { title: 'outcome', cell: ({ outcome }) => outcome, dropFirst: 1 },
  { title: 'of', cell: placeOf, dropFirst: 2 },
  { title: 'subject', cell: subjectOf, dropFirst: 5 },
  { title: 'what', cell: whatOf, dropFirst: 3 },
  { title: 'request', cell: ({ requestId }) => requestId?.slice(0, 8), dropFirst: 4 },
];

/** Characters of a value. */
const MOST_TOLD = 40;

interface ListOptions {
  limit: number;
  actor?: string;
  operation?: string;
  outcome?: AuditOutcome;
  subject?: string;
  request?: string;
  since?: string;
  until?: string;
}

export function addAuditCommands(program: Command, run: Invocation): void {
  const audit = program.command('audit').description('Who did what, and what was refused');

  audit
    .command('list')
    .description('List it, newest first. Of the environment or project that --env or --project names, else of all')
    .addOption(limitOption())
    .option('--actor <name>', 'only what this one did: the sub of a token, or system: and what the service was at')
    .option('--operation <name>', 'only this operation, such as snapshotDelete')
    .addOption(new Option('--outcome <outcome>', 'only those').choices(['done', 'refused']))
    .option('--subject <id>', 'only what was done to the thing with this id')
    .option('--request <id>', 'only what came of this request; its X-Request-Id')
    .addOption(new Option('--since <time>', 'only from then on; a date, or a date and a time').argParser(beginning))
    .addOption(new Option('--until <time>', 'only before then; of a date alone, with that day').argParser(ending))
    .action(async (options: ListOptions) => {
      const { snapback } = await run.session();
      const pages = snapback.audit.list(await filtersOf(run, options), { pageSize: 100 });
      await run.printer.pages(pages, options.limit, COLUMNS, ({ sequence }) => String(sequence), 'Nothing was done.');
    });
}

async function filtersOf(run: Invocation, options: ListOptions): Promise<NonNullable<AuditListData['query']>> {
  const { actor, operation, outcome, subject, request, since, until } = options;
  return {
    ...(run.options.env !== undefined
      ? { environmentId: (await findEnvironment(run)).id }
      : projectAskedFor(run) !== undefined && { projectId: (await findProject(run)).id }),
    ...(actor !== undefined && { actor }),
    ...(operation !== undefined && { operation }),
    ...(outcome !== undefined && { outcome }),
    ...(subject !== undefined && { subjectId: subject }),
    ...(request !== undefined && { requestId: request }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}

function subjectOf({ subjectKind, subjectId }: AuditEntry): string | undefined {
  return subjectId === null ? undefined : `${subjectKind ?? ''} ${subjectId.slice(0, 8)}`.trim();
}

/** Where it was done, by its names; by the beginning of its id where it is gone. */
function placeOf({ projectId, projectName, environmentId, environmentName }: AuditEntry): string | undefined {
  const project = projectName ?? projectId?.slice(0, 8);
  const environment = environmentName ?? environmentId?.slice(0, 8);
  return environment === undefined ? project : `${project ?? ''}/${environment}`;
}

/** What people know a thing by that is new, or gone. */
const TELLING = ['name', 'label', 'version', 'url', 'reason', 'status'];

/** Of a change each value, before and after; of what is new or gone what people know it by. All of it is in `--output json`. */
function whatOf({ before, after }: AuditEntry): string | undefined {
  const state = after ?? before;
  if (state === null) return undefined;
  if (before !== null && after !== null) {
    return Object.keys(after)
      .filter((name) => name !== 'updatedAt')
      .map((name) => `${name} ${told(before[name])} → ${told(after[name])}`)
      .join(', ');
  }
  return TELLING.flatMap((name) => (isTold(state[name]) ? [`${name} ${told(state[name])}`] : [])).join(', ');
}

function isTold(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

/** Short enough for one of several in a cell. */
function told(value: unknown): string {
  if (!isTold(value)) return 'nothing';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= MOST_TOLD ? text : `${text.slice(0, MOST_TOLD - 1)}…`;
}

function beginning(text: string): string {
  return toTime(timeOf(text.length === 10 ? `${text}T00:00` : text));
}

/** A day ends when the next one begins. */
function ending(text: string): string {
  const time = timeOf(text);
  return toTime(time === undefined || text.length > 10 ? time : time + 1);
}

function toTime(time: number | undefined): string {
  if (time === undefined) throw new InvalidArgumentError('It must be a time such as 2026-11-20 or 2026-11-20T10:00.');
  return new Date(time).toISOString();
}
