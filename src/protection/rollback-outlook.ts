import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ProtectionStandby } from '../contract/generated/types.gen.js';
import { BLOCKED, NOT_REFUTED } from '../snapshots/restorability/restorability-sql.js';
import type { SnapshotEntity } from '../snapshots/snapshot.entity.js';
import { expectedSeconds } from '../snapshots/standby/expected-seconds.js';
import { toStandbyDto } from '../snapshots/standby/standby.dto.js';
import type { StandbyEntity } from '../snapshots/standby/standby.entity.js';
import { Standbys } from '../snapshots/standby/standbys.js';
import type { EnvironmentFacts } from './protection-facts.js';

/** How quickly an environment could be rolled back. */
export interface RollbackOutlook {
  standby: ProtectionStandby;
  /** To the newest snapshot that can be restored; null: there is none. */
  expectedRollbackSeconds: number | null;
}

type Asked = Pick<EnvironmentFacts, 'id' | 'standbyWhen'>;
type Newest = Pick<SnapshotEntity, 'databaseBytes' | 'filestoreBytes'> & { snapshotId: string };

/** Tells it by what was written down when snapshots were taken; the environments themselves nobody asks. */
@Injectable()
export class RollbackOutlooks {
  constructor(
    private readonly dataSource: DataSource,
    private readonly standbys: Standbys,
  ) {}

  async of(environments: readonly Asked[]): Promise<Map<string, RollbackOutlook>> {
    const ids = environments.map(({ id }) => id);
    const [rows, standbys] = await Promise.all([
      this.dataSource.query<NewestRow[]>(NEWEST_RESTORABLE, [ids]),
      this.standbys.ofEnvironments(ids),
    ]);
    const newest = new Map(rows.map((row) => [row.id, toNewest(row)]));
    return new Map(
      environments.map(({ id, standbyWhen }) => {
        const own = standbys.get(id) ?? [];
        return [
          id,
          { standby: standbyOf(own, standbyWhen), expectedRollbackSeconds: secondsOf(newest.get(id) ?? null, own) },
        ];
      }),
    );
  }
}

/** What `environmentView` says of it, and whether there is to be one. Pure. */
export function standbyOf(rows: readonly StandbyEntity[], when: EnvironmentFacts['standbyWhen']): ProtectionStandby {
  const shown = toStandbyDto(rows);
  if (shown !== null && shown.status !== 'missing') return { state: shown.status, snapshotId: shown.snapshotId };
  return { state: when === 'off' ? 'off' : 'none', snapshotId: null };
}

/** Pure. */
export function secondsOf(newest: Newest | null, rows: readonly StandbyEntity[]): number | null {
  if (newest === null) return null;
  const standsReady = rows.some(
    ({ status, snapshotId, takenBy }) => status === 'ready' && takenBy === null && snapshotId === newest.snapshotId,
  );
  return expectedSeconds(newest, standsReady);
}

interface NewestRow {
  id: string;
  snapshotId: string;
  /** As text: they may be larger than a number of JavaScript. */
  databaseBytes: string | null;
  filestoreBytes: string | null;
}

function toNewest({ snapshotId, databaseBytes, filestoreBytes }: NewestRow): Newest {
  return { snapshotId, databaseBytes: Number(databaseBytes), filestoreBytes: Number(filestoreBytes) };
}

const NEWEST_RESTORABLE = `
  SELECT asked.id, newest.id AS "snapshotId", newest.database_bytes AS "databaseBytes", newest.filestore_bytes AS "filestoreBytes"
    FROM unnest($1::uuid[]) AS asked (id)
    JOIN LATERAL (
      SELECT s.id, s.database_bytes, s.filestore_bytes FROM snapshots s
       WHERE s.environment_id = asked.id AND s.status = 'completed' AND s.${NOT_REFUTED} AND NOT s.${BLOCKED}
       ORDER BY s.created_at DESC, s.id DESC LIMIT 1) newest ON true`;
