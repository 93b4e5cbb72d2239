import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { PgBoss } from 'pg-boss';
import type { Db, JobWithMetadata } from 'pg-boss';
import type { EntityManager } from 'typeorm';
import { Configuration } from '../config/configuration.js';
import { STATE_CONNECTIONS } from '../database/state-connections.js';
import { STATE_POOL } from '../database/state-session.js';
import { RepeatedTrouble } from '../logging/repeated-trouble.js';
import { JOB_TRACES } from '../tracing/job-traces.js';
import { FairTurns } from './fair-turns.js';
import type { JobDefinition } from './job-definition.js';
import { JobRegistry } from './job-registry.js';
import { NEVER_HELD } from './running-jobs.js';

/** Where its tables are, in the service's own database. */
export const QUEUE_SCHEMA = 'jobs';
/** After this long without a sign of life a worker counts as dead (10 is pg-boss's minimum). */
const WORKER_HEARTBEAT_SECONDS = 10;
/** How often a process looks for workers that have died. */
const SUPERVISE_SECONDS = 1;
/** What the queue lets be asked for. It is too short for a rollback of terabytes: see `outliveTheQueue()`. */
const MOST_EXPIRES_SECONDS = 24 * 60 * 60 - 1;
/** How long a job may run whose worker lives. The queue keeps a timer for it, which can count to no more than 24 days. */
const JOB_EXPIRES_SECONDS = 20 * 24 * 60 * 60;

export interface EnqueueOptions {
  /** The pool whose workers may run it; needed for pooled jobs. */
  pool?: string;
  /** Whose it is: the organizations of a queue take turns. Null: nobody's, which comes first. */
  organization: string | null;
  /** It runs however many of its organization do. */
  neverHeld?: boolean;
}

/** A job that is put back. */
export interface HandBackOptions {
  pool?: string;
  /** Not before so many seconds have passed. */
  afterSeconds?: number;
  /** How often it may be tried from here on; left out: as if it had not been. */
  retries?: number;
}

/**
 * The queue, in the service's own PostgreSQL. A job is enqueued in the transaction that writes the row
 * it is about: no row without its job, no job without its row.
 */
@Injectable()
export class JobQueue implements OnApplicationShutdown {
  private readonly trouble = new RepeatedTrouble(new Logger(JobQueue.name), 'The job queue reports an error', {
    endsByItself: true,
  });
  private readonly known = new Set<string>();
  private started: Promise<PgBoss> | undefined;
  private stopping = false;

  constructor(
    private readonly configuration: Configuration,
    private readonly registry: JobRegistry,
  ) {}

  /** The running queue; the first caller starts it. */
  boss(): Promise<PgBoss> {
    this.started ??= this.start();
    return this.started;
  }

  /** Adds a job to the caller's transaction. */
  async enqueue<T extends object>(
    manager: EntityManager,
    name: string,
    data: T,
    { pool, organization, neverHeld = false }: EnqueueOptions,
  ): Promise<void> {
    const definition = this.registry.get(name);
    const queue = await this.ensureQueue(definition, pool);
    const boss = await this.boss();
    const tag = organization === null ? 0 : await new FairTurns(boss).next(queue, organization);
    await boss.send(queue, data, {
      db: inTransaction(manager),
      // The queue may have been created when the configuration said something else.
      retryLimit: definition.retries,
      priority: 0 - tag,
      ...(organization !== null && { group: { id: organization, ...(neverHeld && { tier: NEVER_HELD }) } }),
    });
  }

  /** Another job in place of this one, where it stood in its queue, in the caller's transaction. */
  async enqueueAgain(
    manager: EntityManager,
    name: string,
    { data, priority, groupId, groupTier }: JobWithMetadata<object>,
    { pool, afterSeconds, retries }: HandBackOptions,
  ): Promise<void> {
    const definition = this.registry.get(name);
    const boss = await this.boss();
    await boss.send(queueName(definition, pool), data, {
      db: inTransaction(manager),
      retryLimit: retries ?? definition.retries,
      priority,
      ...(groupId && { group: { id: groupId, ...(groupTier && { tier: groupTier }) } }),
      ...(afterSeconds !== undefined && { startAfter: afterSeconds }),
    });
  }

  /** Takes a job that waits out of its queue, in the caller's transaction. */
  async cancel(manager: EntityManager, queue: string, jobId: string): Promise<void> {
    const boss = await this.boss();
    await boss.cancel(queue, jobId, { db: inTransaction(manager) });
  }

  /** Makes sure that the queue of a kind of job (and pool) exists, and returns its name. */
  async ensureQueue(definition: JobDefinition<object>, pool?: string): Promise<string> {
    const name = queueName(definition, pool);
    if (this.known.has(name)) return name;
    const boss = await this.boss();
    const abandoned = abandonedQueueName(definition);
    await boss.createQueue(abandoned, {
      // Without it, one whose worker dies, or cannot say that it has failed, would lie there until it expires.
      heartbeatSeconds: WORKER_HEARTBEAT_SECONDS,
      retryLimit: 100,
      retryDelay: 1,
      retryBackoff: true,
      retryDelayMax: 60,
      notify: true,
    });
    await boss.createQueue(name, {
      retryLimit: definition.retries,
      heartbeatSeconds: WORKER_HEARTBEAT_SECONDS,
      expireInSeconds: MOST_EXPIRES_SECONDS,
      deadLetter: abandoned,
      notify: true,
    });
    await outliveTheQueue(boss, name);
    this.known.add(name);
    return name;
  }

  /** The worker has drained before this. */
  async onApplicationShutdown(): Promise<void> {
    if (this.started === undefined) return;
    // Its last connections may still be closing when our PostgreSQL stops; that is no news.
    this.stopping = true;
    const boss = await this.started.catch(() => undefined);
    await boss?.stop({ graceful: false, close: true });
  }

  private async start(): Promise<PgBoss> {
    const isWorker = this.configuration.ROLE !== 'api';
    const boss = new PgBoss({
      connectionString: this.configuration.DATABASE_URL,
      application_name: 'snapback-jobs',
      schema: QUEUE_SCHEMA,
      max: STATE_CONNECTIONS['snapback-jobs'].pool,
      // The queue hands what it does not know to its pool of connections.
      ...STATE_POOL,
      supervise: isWorker,
      superviseIntervalSeconds: SUPERVISE_SECONDS,
      monitorIntervalSeconds: SUPERVISE_SECONDS,
      // How many jobs wait, from which workers decide whether to pause between two.
      queueCacheIntervalSeconds: SUPERVISE_SECONDS,
      useListenNotify: isWorker,
      schedule: false,
      openTelemetry: JOB_TRACES,
    });
    boss.on('error', (error) => {
      if (!this.stopping) this.trouble.came(error);
    });
    await boss.start();
    return boss;
  }
}

export function queueName(definition: Pick<JobDefinition<object>, 'name' | 'pooled'>, pool?: string): string {
  if (!definition.pooled) return definition.name;
  if (pool === undefined) throw new Error(`The job ${definition.name} needs a pool.`);
  return `${definition.name}/${pool}`;
}

export function abandonedQueueName(definition: Pick<JobDefinition<object>, 'name'>): string {
  return `${definition.name}.abandoned`;
}

/**
 * Whether a worker lives, its heartbeats say; how long its work may take is for the work to say. A queue of ours that an
 * earlier version made is changed too, and so are the jobs that wait in it.
 */
async function outliveTheQueue(boss: PgBoss, queue: string): Promise<void> {
  const expiring = 'expire_seconds < $2';
  const values = [queue, JOB_EXPIRES_SECONDS];
  await boss.getDb().executeSql(`UPDATE jobs.queue SET expire_seconds = $2 WHERE name = $1 AND ${expiring}`, values);
  await boss
    .getDb()
    .executeSql(
      `UPDATE jobs.job SET expire_seconds = $2 WHERE name = $1 AND state::text IN ('created', 'retry', 'active') AND ${expiring}`,
      values,
    );
}

/** Lets pg-boss write through the caller's transaction. */
function inTransaction(manager: EntityManager): Db {
  const runner = manager.queryRunner;
  if (runner === undefined) throw new Error('A job is enqueued inside a transaction only.');
  return {
    executeSql: async (text, values) => {
      const result = await runner.query(text, values, true);
      return { rows: (result.records ?? []) as Record<string, unknown>[] };
    },
  };
}
