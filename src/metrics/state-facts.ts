import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Configuration } from '../config/configuration.js';
import { GONE_AFTER_SECONDS } from '../processes/served-pools.js';
import { ProtectionFacts } from '../protection/protection-facts.js';
import type { EnvironmentFacts } from '../protection/protection-facts.js';
import { Quotas } from '../quotas/quotas.js';
import { REPLICA_PLACE } from '../replication/replica-place.token.js';
import { type ReplicaLag, SnapshotReplicas } from '../snapshots/snapshot-replicas.js';
import type { StorePlace } from '../vault-access/store-place.js';

/** What one row of a figure is told by, and the figure. */
export interface Figure {
  labels: Record<string, string>;
  value: number;
}

export interface StateFacts {
  environments: EnvironmentFacts[];
  /** Deployments under way whose gate is closed, by the ids of environments. */
  gatesClosed: ReadonlyMap<string, number>;
  environmentCount: number;
  jobs: (Figure & { oldestAgeSeconds: number })[];
  attention: Figure[];
  keptStates: Figure[];
  /** By environment and end: when the newest rollback ended so, in seconds since 1970. */
  badRollbacks: Figure[];
  processes: Figure[];
  webhooksFailing: number;
  /** Null where there is no replica. */
  replica: ReplicaLag | null;
}

/** What the state database knows that goes into metrics. Statements of its own: they ask several features' tables at once. */
@Injectable()
export class StateFactsReader {
  constructor(
    private readonly configuration: Configuration,
    private readonly dataSource: DataSource,
    private readonly protection: ProtectionFacts,
    private readonly quotas: Quotas,
    private readonly replicas: SnapshotReplicas,
    @Inject(REPLICA_PLACE) private readonly replicaPlace: StorePlace | undefined,
  ) {}

  /** Rejects when the database does not answer. */
  async read(): Promise<StateFacts> {
    const most = this.configuration.METRICS_ENVIRONMENTS;
    const [environments, gates, counts, jobs, attention, kept, rollbacks, processes, replica] = await Promise.all([
      this.protection.ofAll(most),
      this.rows<{ id: string; count: string }>(GATES),
      this.rows<{ environments: string; failing: string }>(COUNTS),
      this.rows<JobRow>(JOBS),
      this.rows<{ kind: string; count: string }>(ATTENTION),
      this.rows<{ safety: string; count: string }>(KEPT),
      this.rows<Record<string, string> & { at: string }>(BAD_ROLLBACKS, [most]),
      this.rows<{ role: string; count: string }>(PROCESSES),
      this.replicaPlace === undefined ? null : this.replicas.lag(),
    ]);
    return {
      replica,
      environments,
      gatesClosed: new Map(gates.map(({ id, count }) => [id, Number(count)])),
      environmentCount: Number(counts[0]?.environments ?? 0),
      webhooksFailing: Number(counts[0]?.failing ?? 0),
      jobs: jobs.map(({ kind, state, count, age }) => ({
        labels: { kind, state },
        value: Number(count),
        oldestAgeSeconds: Math.max(0, Number(age ?? 0)),
      })),
      attention: attention.map(({ kind, count }) => ({ labels: { kind }, value: Number(count) })),
      keptStates: kept.map(({ safety, count }) => ({ labels: { safety_snapshot: safety }, value: Number(count) })),
      badRollbacks: rollbacks.map(({ at, ...labels }) => ({ labels, value: Number(at) })),
      processes: processes.map(({ role, count }) => ({ labels: { role }, value: Number(count) })),
    };
  }

  /** By project; it goes through all snapshots, and so is asked more seldom. */
  async readProjects(): Promise<Figure[]> {
    const rows = await this.rows<Record<string, string>>(PROJECTS);
    return rows.flatMap(({ organization = '', project = '', id = '', ...sums }) =>
      ['logical', 'added', 'stored'].map((what) => ({
        labels: { organization, project, project_id: id, what },
        value: Number(sums[what] ?? 0),
      })),
    );
  }

  /** What there is a limit of, by organization; as seldom, since it sums up what is stored. */
  async readQuotas(): Promise<{ used: Figure[]; limits: Figure[] }> {
    const states = await this.quotas.limited(this.configuration.METRICS_ENVIRONMENTS);
    const labelled = states.map(({ organization, name, ...figures }) => ({
      labels: { organization, quota: name },
      ...figures,
    }));
    return {
      used: labelled.map(({ labels, used }) => ({ labels, value: used })),
      limits: labelled.map(({ labels, limit }) => ({ labels, value: limit })),
    };
  }

  private rows<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return this.dataSource.query(sql, values);
  }
}

interface JobRow {
  kind: string;
  state: string;
  count: string;
  age: string | null;
}

const GATES = `
  SELECT environment_id AS id, count(*) FROM deployments WHERE status = 'running' AND gate = 'closed' GROUP BY environment_id`;

const COUNTS = `
  SELECT (SELECT count(*) FROM environments) AS environments,
         (SELECT count(*) FROM webhooks WHERE enabled AND first_failed_at IS NOT NULL) AS failing`;

const work = (kind: string, table: string) =>
  `SELECT '${kind}' AS kind, given.state, count(w.*) AS count,
          extract(epoch FROM clock_timestamp() - min(CASE given.state WHEN 'queued' THEN w.created_at ELSE w.started_at END)) AS age
     FROM (VALUES ('queued'), ('running')) AS given (state) LEFT JOIN ${table} w ON w.status = given.state GROUP BY given.state`;

const JOBS = [
  work('snapshot', 'snapshots'),
  work('verification', 'snapshot_verifications'),
  work('rollback', 'rollback_logs'),
].join(' UNION ALL ');

const ATTENTION = `SELECT kind, count(*) FROM keeper_items WHERE attention GROUP BY kind`;

/** Previous states that are there for an undo. */
const KEPT = `
  SELECT given.safety, count(k.*) FROM (VALUES ('completed'), ('missing')) AS given (safety)
    LEFT JOIN (
      SELECT CASE WHEN s.status = 'completed' THEN 'completed' ELSE 'missing' END AS safety
        FROM rollback_logs r LEFT JOIN snapshots s ON s.id = r.safety_snapshot_id
       WHERE r.kept_until IS NOT NULL AND r.undo_expired_at IS NULL AND r.undone_by IS NULL AND r.create_safety_snapshot
    ) k ON k.safety = given.safety GROUP BY given.safety`;

/** Only those that had one lately: they are few, and none is left out for what other environments there are. */
const BAD_ROLLBACKS = `
  SELECT p.organization, p.name AS project, e.name AS environment, e.id AS environment_id, e.type, l.status,
         extract(epoch FROM max(l.finished_at)) AS at
    FROM rollback_logs l JOIN environments e ON e.id = l.environment_id JOIN projects p ON p.id = e.project_id
   WHERE l.status IN ('failed', 'reverted') AND l.finished_at > now() - interval '30 days'
   GROUP BY p.id, e.id, l.status ORDER BY at DESC LIMIT $1`;

const PROCESSES = `
  SELECT given.role, count(p.*) FROM (VALUES ('api'), ('worker'), ('all')) AS given (role)
    LEFT JOIN service_processes p ON p.role = given.role AND p.seen_at > now() - make_interval(secs => ${GONE_AFTER_SECONDS})
   GROUP BY given.role`;

const PROJECTS = `
  SELECT p.organization, p.name AS project, p.id, coalesce(held.logical, 0) AS logical, coalesce(held.added, 0) AS added,
         coalesce(packed.stored, 0) AS stored
    FROM projects p
    LEFT JOIN (
      SELECT project_id, sum(coalesce(database_bytes, 0) + coalesce(filestore_bytes, 0)) AS logical, sum(stored_bytes) AS added
        FROM snapshots WHERE status = 'completed' GROUP BY project_id) held ON held.project_id = p.id
    LEFT JOIN (SELECT project, sum(bytes) AS stored FROM vault.packs GROUP BY project) packed ON packed.project = p.id
   ORDER BY p.id LIMIT 1000`;
