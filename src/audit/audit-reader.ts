import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../auth/caller.js';
import type { AuditListData } from '../contract/generated/types.gen.js';
import { countUpToFrom } from '../database/count-up-to.js';
import { ListOrder, MOST_COUNTED } from '../database/page.js';
import type { Bounds, Page } from '../database/page.js';
import { errors } from '../errors/catalogue.js';
import type { AuditEntry } from './chain/audit-entry.js';
import { ENTRY_COLUMNS, toEntry } from './chain/read-chain.js';
import type { AuditRow } from './chain/read-chain.js';

export type AuditQuery = NonNullable<AuditListData['query']>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Of two that were written in the same millisecond, the later one first. */
const newest = new ListOrder<AuditEntry>('audit', ['time', 'integer'], ({ at, sequence }) => [at, String(sequence)]);

/** Which column a filter is about, and how it compares. Each has an index that is in the order of the list. */
const FILTERS = {
  projectId: 'project_id =',
  environmentId: 'environment_id =',
  actor: 'actor =',
  operation: 'operation =',
  outcome: 'outcome =',
  subjectId: 'subject_id =',
  requestId: 'request_id =',
  since: 'at >=',
  until: 'at <',
} as const satisfies Partial<Record<keyof AuditQuery, string>>;

/** RFC 3339 has times that no clock of ours has, such as a 61st second. */
function timeOf(field: string, text: string): Date {
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw errors.validationFailed([{ field, message: 'must be a time' }]);
}

/** An entry, and what its project and its environment are called by now: null when they are gone. The names are no part of the chain. */
interface Names {
  projectName: string | null;
  environmentName: string | null;
}

export type NamedEntry = AuditEntry & Names;

type NamedRow = AuditRow & Names;

/** Who did what, as far as a caller may know. */
@Injectable()
export class AuditReader {
  constructor(private readonly dataSource: DataSource) {}

  /** Of the caller's organization, newest first. Throws `validation-failed` for a cursor of another list. */
  async list({ organization, projects }: Caller, query: AuditQuery): Promise<Page<NamedEntry>> {
    const bounds = newest.bounds(query);
    const values: unknown[] = [organization];
    const where = ['organization = $1'];
    const add = (condition: string, value: unknown) => where.push(`${condition} $${values.push(value)}`);
    for (const [name, condition] of Object.entries(FILTERS)) {
      const value = query[name as keyof typeof FILTERS];
      if (value !== undefined) add(condition, name === 'since' || name === 'until' ? timeOf(name, value) : value);
    }
    // Project by project, in the order of an index: what others do in a large organization is not even read.
    const seen = projects?.filter((id) => UUID.test(id));
    const from = (columns: string, conditions: string[], limit: number) => {
      const found = (which: string[]) =>
        `SELECT ${columns} FROM audit_entries WHERE ${which.join(' AND ')} ORDER BY at DESC, sequence DESC LIMIT ${limit}`;
      if (seen === undefined) return `(${found(conditions)}) found`;
      const own = `(${found([...conditions, 'project_id = mine.id'])})`;
      return `unnest($${values.indexOf(seen) + 1}::uuid[]) AS mine (id) CROSS JOIN LATERAL ${own} found`;
    };
    if (seen !== undefined) values.push(seen);
    const { manager } = this.dataSource;
    const counted = countUpToFrom(manager, `FROM ${from('', where, MOST_COUNTED + 1)}`, [...values]);
    const [rows, total] = await Promise.all([this.page(bounds, where, values, from), counted]);
    return newest.page(rows, total, bounds);
  }

  private async page(
    { limit, offset, after }: Bounds,
    where: readonly string[],
    given: readonly unknown[],
    from: (columns: string, conditions: string[], limit: number) => string,
  ): Promise<NamedEntry[]> {
    const values = [...given, ...(after ?? [])];
    const [at, sequence] = [given.length + 1, given.length + 2];
    const behind = after === null ? [] : [`(at, sequence) < ($${at}::timestamptz, $${sequence}::bigint)`];
    const most = limit + 1;
    const rows = await this.dataSource.query<NamedRow[]>(
      `SELECT found.*, p.name AS "projectName", e.name AS "environmentName"
         FROM ${from(ENTRY_COLUMNS, [...where, ...behind], offset + most)}
         LEFT JOIN projects p ON p.id = found."projectId" LEFT JOIN environments e ON e.id = found."environmentId"
        ORDER BY found.at DESC, found.sequence DESC LIMIT ${most} OFFSET ${offset}`,
      values,
    );
    return rows.map(({ projectName, environmentName, ...row }) => ({ ...toEntry(row), projectName, environmentName }));
  }
}
