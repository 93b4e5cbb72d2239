import type { BenchEnvironment } from '../environment/environment.js';
import type { RegisteredEnvironment } from '../environment/registered-environment.js';
import type { Outage } from './client-process.js';
import { Parts } from './parts.js';
import { ReconnectingClients } from './reconnecting-clients.js';
import { WRITTEN } from './written.js';

/** Of the parts of a rollback: from its end to that of its safety snapshot. */
const SAFETY_PART = 'afterwards: safetySnapshot';

export interface OwnRollback {
  seconds: number;
  outage: Outage;
  /** What the rollback log says. */
  loggedDowntimeMs: number;
  parts: ReadonlyMap<string, number>;
  /** What was swapped out, where it was captured. */
  safety?: SafetyState;
}

interface SafetyState {
  snapshotId: string;
  /** What clients had written and were told to be written. */
  confirmed: number[];
}

export interface WhatToRollBack {
  snapshotId: string;
  safetySnapshot: boolean;
  /** Whether a standby has to be swapped in; it fails when none is, or one that nobody expected. */
  standby: boolean;
  clients: number;
}

/** Rolls back through the API while clients ask and write; its safety snapshot is waited for, which is not in the time. */
export async function rollBack(
  registered: RegisteredEnvironment,
  environment: BenchEnvironment,
  { snapshotId, safetySnapshot, standby, clients: count }: WhatToRollBack,
): Promise<OwnRollback> {
  await environment.withClient((client) => client.query(`CREATE TABLE ${WRITTEN} (n int)`));
  const clients = await ReconnectingClients.start(environment.connection, count);
  try {
    const parts = new Parts();
    const begun = performance.now();
    const log = await registered.rollBack(snapshotId, safetySnapshot, (progress) => parts.hear(progress));
    parts.end();
    const seconds = (performance.now() - begun) / 1000;
    const outage = await clients.stop();
    if (outage.staleAnswers > 0)
      throw new Error(`Clients had ${outage.staleAnswers} answers of the old database after new ones.`);
    if ((log.standby?.used ?? false) !== standby)
      throw new Error(`A standby was ${standby ? 'not ' : ''}swapped in: ${log.standby?.reason?.message}`);
    const done = { seconds, outage, loggedDowntimeMs: log.downtimeMs ?? NaN, parts: parts.seconds };
    if (!safetySnapshot) return done;
    const { id, finishedAt } = await registered.completed(log.safetySnapshotId!);
    parts.seconds.set(SAFETY_PART, (Date.parse(finishedAt!) - Date.parse(log.finishedAt!)) / 1000);
    return { ...done, safety: { snapshotId: id, confirmed: outage.confirmed } };
  } finally {
    clients.kill();
  }
}

/** Throws unless everything that clients were told to be written before the swap is in its safety snapshot, which is put back for that. */
export async function requireConfirmed(
  registered: RegisteredEnvironment,
  environment: BenchEnvironment,
  { snapshotId, confirmed }: SafetyState,
): Promise<void> {
  await registered.rollBack(snapshotId, false);
  const there = await environment.withClient(async (client) => {
    const { rows } = await client.query<{ n: number }>(`SELECT n FROM ${WRITTEN}`);
    return new Set(rows.map(({ n }) => n));
  });
  const lost = confirmed.filter((n) => !there.has(n));
  if (confirmed.length === 0 || lost.length > 0)
    throw new Error(
      `Of ${confirmed.length} rows that were confirmed before the swap, its safety snapshot lacks ${lost.length}.`,
    );
  console.log(`  All ${confirmed.length} rows that were confirmed before the swap are in its safety snapshot.`);
}
