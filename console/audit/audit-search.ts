import type { AuditListData, AuditOutcome } from '../../sdk/typescript/index.js';
import { shellWord } from '../ui/equivalents.js';

/** What stands in the address of the page. */
export interface AuditSearch {
  actor?: string;
  operation?: string;
  outcome?: string;
  project?: string;
  environment?: string;
  subject?: string;
  request?: string;
  /** A day, or a time. */
  since?: string;
  /** A day, which is included, or a time. */
  until?: string;
}

export type AuditFilters = Omit<NonNullable<AuditListData['query']>, 'limit' | 'offset' | 'cursor'>;

const DAY = /^\d{4}-\d\d-\d\d$/;

/** What the service is asked for. What cannot be is asked for as it stands: the service says what is wrong with it. */
export function filtersOf(search: AuditSearch): AuditFilters {
  const { actor, operation, outcome, project, environment, subject, request, since, until } = search;
  return {
    ...(actor !== undefined && { actor }),
    ...(operation !== undefined && { operation }),
    ...(outcome !== undefined && { outcome: outcome as AuditOutcome }),
    ...(project !== undefined && { projectId: project }),
    ...(environment !== undefined && { environmentId: environment }),
    ...(subject !== undefined && { subjectId: subject }),
    ...(request !== undefined && { requestId: request }),
    ...(since !== undefined && { since: beginning(since) }),
    ...(until !== undefined && { until: ending(until) }),
  };
}

/** When a day begins where the person is. */
export function beginning(text: string): string {
  return timeOf(text, 0);
}

/** A day ends when the next one begins, which is not always after 24 hours. */
export function ending(text: string): string {
  return timeOf(text, 1);
}

function timeOf(text: string, daysLater: number): string {
  if (!DAY.test(text)) return text;
  const time = new Date(`${text}T00:00`);
  time.setDate(time.getDate() + daysLater);
  return Number.isNaN(time.getTime()) ? text : time.toISOString();
}

export function isFiltered(search: AuditSearch): boolean {
  return Object.values(search).some((value) => value !== undefined);
}

/** `snapback audit list` with the same filters. */
export function auditCommand(search: AuditSearch): string {
  const { actor, operation, outcome, project, environment, subject, request, since, until } = search;
  const options = [
    ['--project', environment === undefined ? project : undefined],
    ['--env', environment],
    ['--actor', actor],
    ['--operation', operation],
    ['--outcome', outcome],
    ['--subject', subject],
    ['--request', request],
    ['--since', since],
    ['--until', until],
  ] as const;
  const given = options.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${shellWord(value)}`]));
  return ['snapback audit list', ...given].join(' ');
}
