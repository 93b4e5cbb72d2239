import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../auth/caller.js';
import type { Finding, Operation, OperationKind, OperationState } from '../contract/generated/types.gen.js';
import { ListOrder, mapPage, MOST_COUNTED, totalOf } from '../database/page.js';
import type { Page, PageQuery, Total } from '../database/page.js';
import type { AskedFor } from '../keeper/keeper-item.entity.js';
import { UpkeepRegistry } from '../keeper/upkeep-registry.js';
import { ServedPools } from '../processes/served-pools.js';

/** What waits for a worker for less than this (seconds) may have come a moment before its worker. */
const UNSERVED_AFTER_SECONDS = 60;

export interface OperationQuery extends PageQuery {
  environmentId?: string;
  state?: OperationState;
}

interface Row {
  id: string;
  kind: OperationKind;
  state: OperationState;
  projectId: string | null;
  environmentId: string | null;
  snapshotId: string | null;
  deploymentId: string | null;
  since: Date;
  tryCount: number;
  nextTryAt: Date | null;
  reason: Finding | null;
  unservedPool: string | null;
  /** With its microseconds. */
  exactSince: string;
}

/** What needs a person first, then the oldest. */
const mostUrgent = new ListOrder<Row>('operations', ['boolean', 'time', 'uuid'], ({ state, exactSince, id }) => [
  String(state !== 'attention'),
  exactSince,
  id,
]);

/** Of a query: $4 the environment, $5 the state. */
const MATCHING = `WHERE ($4::uuid IS NULL OR "environmentId" = $4) AND ($5::text IS NULL OR state = $5)`;

/** Lists what is under way, for all features. Statements of its own: they ask several features' tables at once. */
@Injectable()
export class OperationsReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly upkeep: UpkeepRegistry,
    private readonly pools: ServedPools,
  ) {}

  /** Those the caller may see: what needs a person first, then the oldest. Throws `validation-failed` for a cursor of another list. */
  async list(caller: Caller, query: OperationQuery): Promise<Page<Operation>> {
    const bounds = mostUrgent.bounds(query);
    const { limit, offset, after } = bounds;
    const matching = [...(await this.parameters(caller)), query.environmentId ?? null, query.state ?? null];
    const found: Promise<Row[]> = this.dataSource.query(
      `${OPERATIONS} SELECT *, since::text AS "exactSince" FROM operations
        ${MATCHING} AND ($8::boolean IS NULL OR (state <> 'attention', since, id) > ($8, $9::timestamptz, $10::uuid))
        ORDER BY state <> 'attention', since, id LIMIT $6 OFFSET $7`,
      [...matching, limit + 1, offset, ...(after ?? [null, null, null])],
    );
    const [rows, total] = await Promise.all([found, this.count(matching)]);
    return mapPage(mostUrgent.page(rows, total, bounds), (row) => this.toDto(row));
  }

  /** Null when there is none that the caller may see. */
  async find(caller: Caller, id: string): Promise<Operation | null> {
    const rows: Row[] = await this.dataSource.query(`${OPERATIONS} SELECT * FROM operations WHERE id = $4`, [
      ...(await this.parameters(caller)),
      id,
    ]);
    return rows[0] === undefined ? null : this.toDto(rows[0]);
  }

  private async count(matching: unknown[]): Promise<Total> {
    const rows: { total: string }[] = await this.dataSource.query(
      `${OPERATIONS} SELECT count(*) AS total FROM (
         SELECT FROM operations
          ${MATCHING} LIMIT $6) counted`,
      [...matching, MOST_COUNTED + 1],
    );
    return totalOf(Number(rows[0]?.total ?? 0));
  }

  private async parameters({ organization, projects }: Caller): Promise<[string, string[] | null, string[]]> {
    return [organization, projects === null ? null : [...projects], [...(await this.pools.now())]];
  }

  private toDto(row: Row): Operation {
    const { id, kind, state, projectId, environmentId, snapshotId, deploymentId, tryCount } = row;
    const unserved = row.unservedPool === null ? null : unservedBy(row.unservedPool);
    return {
      ...{ id, kind, state, projectId, environmentId, snapshotId, deploymentId, tryCount },
      since: row.since.toISOString(),
      nextTryAt: row.nextTryAt?.toISOString() ?? null,
      reason: unserved?.reason ?? row.reason,
      help: unserved?.help ?? (row.reason === null ? null : this.helpFor(row.kind)),
    };
  }

  private helpFor(kind: OperationKind): string | null {
    return isAskedFor(kind) ? null : (this.upkeep.get(kind)?.help ?? null);
  }
}

const ASKED_FOR: ReadonlySet<OperationKind> = new Set<AskedFor>([
  'snapshot',
  'verification',
  'rollback',
  'item-restore',
  'export',
]);

function isAskedFor(kind: OperationKind): kind is AskedFor {
  return ASKED_FOR.has(kind);
}

function unservedBy(pool: string): { reason: Finding; help: string } {
  const message = `It waits for a worker of the pool "${pool}", and none has been heard of.`;
  return {
    reason: { code: 'pool-unserved', message },
    help: `Start a worker with WORKER_POOLS=${pool}, or give the environment another pool; what waits goes with it.`,
  };
}

/** Work that has been asked for; $3 are the pools that have workers. */
function asked(kind: AskedFor, table: string, columns: string): string {
  const unserved = `w.status = 'queued' AND NOT e.pool = ANY ($3::text[])
    AND w.created_at < now() - make_interval(secs => ${UNSERVED_AFTER_SECONDS})`;
  return `SELECT ${columns}, '${kind}'::text AS kind, CASE WHEN ${unserved} THEN 'attention' ELSE w.status END AS state,
                 e.project_id AS "projectId", e.id AS "environmentId", coalesce(w.started_at, w.created_at) AS since,
                 0 AS "tryCount", NULL::timestamptz AS "nextTryAt", NULL::jsonb AS reason,
                 CASE WHEN ${unserved} THEN e.pool END AS "unservedPool"
            FROM ${table} w JOIN seen e ON e.id = w.environment_id WHERE w.status IN ('queued', 'running')`;
}

/** To take items back is as much work as to restore them. */
const ITEM_RESTORES = `(SELECT id, environment_id, snapshot_id, created_at, started_at,
  CASE WHEN status = 'undoing' THEN 'running' ELSE status END AS status FROM item_restores)`;

const KEPT_UNSERVED = `due_at < now() - make_interval(secs => ${UNSERVED_AFTER_SECONDS}) AND NOT pool = ANY ($3::text[])`;

/** $1 and $2: whose, see `seenBy`. What only comes round again is nobody's concern before it fails. */
const OPERATIONS = `
  WITH seen AS (
    SELECT e.id, e.project_id, e.pool FROM environments e JOIN projects p ON p.id = e.project_id
     WHERE p.organization = $1 AND ($2::text[] IS NULL OR p.id::text = ANY ($2))
  ), operations AS (
    ${asked('snapshot', 'snapshots', 'w.id, w.id AS "snapshotId", w.deployment_id AS "deploymentId"')}
    UNION ALL
    ${asked('verification', 'snapshot_verifications', 'w.id, w.snapshot_id AS "snapshotId", NULL::uuid AS "deploymentId"')}
    UNION ALL
    ${asked('rollback', 'rollback_logs', 'w.deployment_id AS id, w.snapshot_id AS "snapshotId", w.deployment_id AS "deploymentId"')}
    UNION ALL
    ${asked('export', 'snapshot_exports', 'w.id, w.snapshot_id AS "snapshotId", NULL::uuid AS "deploymentId"')}
    UNION ALL
    ${asked('item-restore', ITEM_RESTORES, 'w.id, w.snapshot_id AS "snapshotId", NULL::uuid AS "deploymentId"')}
    UNION ALL
    SELECT id, CASE WHEN kind = 'snapshot-deletion' THEN subject::uuid END AS "snapshotId",
           CASE WHEN kind IN ('rollback-recovery', 'kept-state', 'left-over', 'safety-snapshot')
                THEN substring(subject FROM '^[0-9a-f]{8}-[0-9a-f-]{27}')::uuid END AS "deploymentId",
           kind, CASE WHEN held_until > now() THEN 'running' WHEN attention OR ${KEPT_UNSERVED} THEN 'attention'
                      WHEN failure IS NULL AND due_at <= now() THEN 'queued' ELSE 'waiting' END AS state,
           project_id AS "projectId", environment_id AS "environmentId", coalesce(failed_since, since) AS since, tries,
           CASE WHEN due_at > now() THEN due_at END AS "nextTryAt", failure AS reason,
           CASE WHEN ${KEPT_UNSERVED} THEN pool END AS "unservedPool"
      FROM keeper_items
     WHERE organization = $1 AND ($2::text[] IS NULL OR project_id::text = ANY ($2))
       AND (kind IN ('rollback-recovery', 'snapshot-deletion', 'kept-state', 'left-over', 'safety-snapshot')
            OR (kind IN ('collection', 'retention', 'standby', 'schedule', 'replication') AND (failure IS NOT NULL OR held_until > now() OR due_at <= now()))
            OR (kind = 'webhook-delivery' AND failure IS NOT NULL))
  )`;
