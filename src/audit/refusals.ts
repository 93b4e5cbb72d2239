import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Problem } from '../errors/problem.js';
import { RepeatedTrouble } from '../logging/repeated-trouble.js';
import { onOwnAccount, whoActs } from '../request-context/request-context.js';
import { appendEntries } from './chain/append-entries.js';
import { OWN_CHAIN } from './chain/audit-entry.js';
import type { AuditRecord } from './chain/audit-entry.js';
import { statementsOf } from './chain/statements.js';
import type { Statements } from './chain/statements.js';

/**
 * For so long the same refusal is only counted, at first and at last (milliseconds): twice as long each time that there were more. A process
 * that is killed takes with it what it has only counted.
 */
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 16_000;
const LOOK_MS = 1_000;
/** Callers and operations that are counted at a time; what is more goes unwritten until some are over, and the log says so. */
const MOST_COUNTED = 1000;
/** An answer waits for its entry no longer (milliseconds). */
const PATIENCE_MS = 2000;

/** What was asked for in vain. */
export interface Refused {
  problem: Problem;
  /** Of the path, whatever was sent there. */
  params: Readonly<Record<string, string | undefined>>;
}

interface Counted {
  organization: string;
  record: AuditRecord;
  /** When it was written last, by `performance.now()`. */
  since: number;
  /** For how long it is counted from then on. */
  pauseMs: number;
  /** Since the last entry. */
  more: number;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Writes into the audit what was refused for want of a permission: the first time at once, and what the same caller is refused of the
 * same operation after that as one more entry with how often, every few seconds. So a flood of refusals is not one of entries.
 */
@Injectable()
export class Refusals implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Refusals.name);
  private readonly trouble = new RepeatedTrouble(this.logger, 'A refusal could not be written into the audit');
  private readonly counted = new Map<string, Counted>();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> | undefined;

  constructor(private readonly dataSource: DataSource) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.writeCounted(performance.now()), LOOK_MS);
    this.timer.unref();
  }

  /** Nobody is answered any more, and the database is still there. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.writing;
    await this.writeCounted(Infinity);
  }

  /** Resolves when it is written, or counted, or cannot be written; never rejects, and not after long. */
  async note(refused: Refused): Promise<void> {
    const { problem, params } = refused;
    const { organization, operation, ...acting } = whoActs();
    const isForeign = problem.code === 'organization-refused';
    const record: AuditRecord = {
      ...acting,
      operation: operation ?? 'unknown',
      outcome: 'refused',
      ...subjectOf(params),
      before: null,
      after: {
        code: problem.code,
        detail: problem.detail,
        // Its own chain it does not get: this service is not for it.
        ...(isForeign && organization !== null && { organization }),
      },
    };
    const key = JSON.stringify([organization, record.actor, record.operation, problem.code]);
    const known = this.counted.get(key);
    if (known !== undefined) {
      known.more += 1;
      known.record = record;
      return;
    }
    if (this.counted.size >= MOST_COUNTED) return this.trouble.came('too many callers are refused at a time');
    const chain = isForeign ? OWN_CHAIN : (organization ?? OWN_CHAIN);
    const since = performance.now();
    const counted: Counted = { organization: chain, record, since, pauseMs: FIRST_PAUSE_MS, more: 0 };
    this.counted.set(key, counted);
    await withinPatience(
      this.write(chain, record).then((written) => {
        // It is in the next one, then.
        if (!written) counted.more += 1;
      }),
    );
  }

  /** What has been counted for long enough; does nothing while that is being done. */
  async writeCounted(now: number): Promise<void> {
    this.writing ??= onOwnAccount('audit', () => this.writeDue(now)).finally(() => (this.writing = undefined));
    await this.writing;
  }

  private async writeDue(now: number): Promise<void> {
    for (const [key, counted] of this.counted) {
      const { organization, record, since, pauseMs, more } = counted;
      if (now - since < pauseMs) continue;
      if (more === 0) {
        this.counted.delete(key);
        continue;
      }
      // The next one would only wait for the same database.
      if (!(await this.write(organization, { ...record, after: { ...record.after, times: more } }))) return;
      // Those that came meanwhile wait for the next time.
      counted.more -= more;
      counted.since = now;
      counted.pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  }

  private async write(organization: string, record: AuditRecord): Promise<boolean> {
    try {
      await this.dataSource.transaction(async (manager) => {
        const run = statementsOf(manager);
        await appendEntries(run, organization, [{ ...record, ...(await placeOf(run, organization, record)) }]);
      });
      this.trouble.wentWell();
      return true;
    } catch (error) {
      this.trouble.came(error);
      return false;
    }
  }
}

/** What the path names, as far as that are ids. */
function subjectOf(params: Refused['params']) {
  const ids = Object.entries(params).filter((entry): entry is [string, string] => UUID.test(entry[1] ?? ''));
  const [name, id] = ids.at(-1) ?? [];
  const known = new Map(ids.map(([param, value]) => [param, value.toLowerCase()]));
  return {
    projectId: known.get('projectId') ?? null,
    environmentId: known.get('environmentId') ?? null,
    subjectKind: name?.replace(/Id$/, '') ?? null,
    subjectId: id ?? null,
  };
}

/** Only places of the organization's own: whoever is refused may name anything, and nothing is said of what others have. */
async function placeOf(
  run: Statements,
  organization: string,
  { projectId, environmentId }: AuditRecord,
): Promise<Pick<AuditRecord, 'projectId' | 'environmentId'>> {
  if (projectId === null && environmentId === null) return { projectId, environmentId };
  const [found] = await run<{ projectId: string; environmentId: string | null }>(
    `SELECT p.id AS "projectId", e.id AS "environmentId" FROM projects p
       LEFT JOIN environments e ON e.project_id = p.id AND e.id = $3::uuid
      WHERE p.organization = $1 AND (p.id = $2::uuid OR $2::uuid IS NULL AND e.id IS NOT NULL) LIMIT 1`,
    [organization, projectId, environmentId],
  );
  return found ?? { projectId: null, environmentId: null };
}

async function withinPatience(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  await Promise.race([work, over]).finally(() => clearTimeout(timer));
}
