import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  rollbackCreate,
  rollbackPlan,
  settingsUpdate,
  snapshotList,
  snapshotVerify,
  snapshotView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { RestorabilityState, Snapshot, VerificationProgress } from '../../sdk/typescript/generated/types.gen.js';
import { watchVerification } from '../../sdk/typescript/streams/watch.js';
import { result } from '../../sdk/typescript/result.js';
import { rebuildCatalogue } from '../../src/vault/repair/rebuild-catalogue.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { sampleOf } from '../harness/thorough.js';
import { lastChunkOf, withVault } from '../harness/vault-view.js';
import { nothingIsLeft, statesBeside } from './leftovers.js';
import { changeBoth, stateOf } from './marked-environment.js';
import { rollBack, takeSnapshot } from './outcomes.js';
import { makeUnrestorable } from './unrestorable.js';

let service: TestService;
let client: Client;
const places: TestEnvironment[] = [];

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
});

afterAll(async () => {
  await nothingIsLeft(places).finally(() => service.stop());
});

async function newPlace(): Promise<TestEnvironment> {
  const place = await createTestEnvironment(client, service.filestoreRoot);
  places.push(place);
  return place;
}

const pathOf = ({ environmentId, id }: Pick<Snapshot, 'environmentId' | 'id'>) => ({ environmentId, snapshotId: id });
const view = (snapshot: Snapshot) => result(snapshotView({ client, path: pathOf(snapshot) }));

async function verify(snapshot: Snapshot): Promise<VerificationProgress[]> {
  await result(snapshotVerify({ client, path: pathOf(snapshot) }));
  return ended(snapshot);
}

async function ended(snapshot: Snapshot): Promise<VerificationProgress[]> {
  const events: VerificationProgress[] = [];
  for await (const event of watchVerification(client, pathOf(snapshot))) events.push(event);
  return events;
}

describe('verifying a snapshot', () => {
  it('restores and compares a full and a differential one, leaves what is live as it is, and takes the warning from the plan of a rollback', async () => {
    const place = await newPlace();
    const full = await takeSnapshot(client, place.environment.id);
    await changeBoth(place);
    const differential = await takeSnapshot(client, place.environment.id);
    expect((await view(differential)).type).toBe('differential');
    const warnings = async (snapshotId: string) => {
      const path = { environmentId: place.environment.id };
      const plan = await result(rollbackPlan({ client, path, body: { snapshotId } }));
      return plan.warnings.map(({ code }) => code);
    };
    for (const snapshot of [full, differential]) {
      const restorability = { state: 'expected', findings: [], provenAt: null };
      expect(await view(snapshot)).toMatchObject({ restorability, verification: null });
      expect(await warnings(snapshot.id)).toContain('not-verified');
      const events = await verify(snapshot);
      expect(events.at(-1)).toMatchObject({ final: true, outcome: 'equal', finding: null, percent: 100 });
      const seen = await view(snapshot);
      expect(seen.verification).toMatchObject({ status: 'ended', outcome: 'equal', fileCount: seen.fileCount });
      expect(seen.verification!.filestoreBytes).toBe(seen.filestoreBytes);
      expect(seen.verification!.tableCount).toBeGreaterThan(0);
      expect(seen.verification!.rowCount).toBeGreaterThan(0);
      const { finishedAt: provenAt } = seen.verification!;
      expect(seen.restorability).toEqual({ state: 'proven', findings: [], provenAt });
      expect(await warnings(snapshot.id)).not.toContain('not-verified');
    }
    expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
    expect(await statesBeside(place)).toEqual([]);
  });

  it('finds what the vault cannot give back, marks the snapshot, and takes the mark back when it can again', async () => {
    const place = await newPlace();
    const snapshot = await takeSnapshot(client, place.environment.id);
    await verify(snapshot);
    const { key } = await lastChunkOf(
      service,
      { project: place.project.id, snapshotId: snapshot.id },
      ({ kind }) => kind === 'file',
    );
    const pack = join(service.directory, 'data', 'vault', key);
    const whole = await readFile(pack);
    await writeFile(pack, Buffer.from(whole).fill(0, 64));
    expect((await verify(snapshot)).at(-1)).toMatchObject({
      outcome: 'damaged',
      finding: { code: 'snapshot-damaged' },
    });
    const findings = [{ code: 'snapshot-damaged', message: expect.any(String), blocking: true }];
    expect((await view(snapshot)).restorability).toEqual({ state: 'refuted', findings, provenAt: null });
    await writeFile(pack, whole);
    expect((await verify(snapshot)).at(-1)).toMatchObject({ outcome: 'equal' });
    expect(await view(snapshot)).toMatchObject({
      restorability: { state: 'proven', findings: [] },
      verification: { outcome: 'equal' },
    });
    expect(await statesBeside(place)).toEqual([]);
  });

  it('says what was in the way, which says nothing about the snapshot', async () => {
    const place = await newPlace();
    const snapshot = await takeSnapshot(client, place.environment.id);
    const { user } = place.database.address;
    await query(place.database.admin, `ALTER ROLE "${user}" NOCREATEDB`);
    expect((await verify(snapshot)).at(-1)).toMatchObject({
      outcome: 'inconclusive',
      finding: { code: 'database-permission-denied' },
    });
    await query(place.database.admin, `ALTER ROLE "${user}" CREATEDB`);
    // A rollback would meet the same.
    const findings = [{ code: 'database-permission-denied', message: expect.any(String), blocking: true }];
    expect((await view(snapshot)).restorability).toEqual({ state: 'doubtful', findings, provenAt: null });
    const path = { environmentId: place.environment.id };
    const { warnings } = await result(rollbackPlan({ client, path, body: { snapshotId: snapshot.id } }));
    expect(warnings).toMatchObject([{ code: 'snapshot-doubtful', message: expect.stringContaining('could not tell') }]);
    expect(await statesBeside(place)).toEqual([]);
  });

  it('refutes a snapshot that the server will not take back, and a rollback to it is refused', async () => {
    const place = await newPlace();
    await makeUnrestorable(place.database.address);
    const snapshot = await takeSnapshot(client, place.environment.id);
    expect(snapshot.restorability).toMatchObject({ state: 'expected' });
    expect((await verify(snapshot)).at(-1)).toMatchObject({ outcome: 'failed', finding: { code: 'restore-failed' } });
    const { restorability } = await view(snapshot);
    expect(restorability).toMatchObject({ state: 'refuted', findings: [{ code: 'restore-failed', blocking: true }] });
    const path = { environmentId: place.environment.id };
    const body = { snapshotId: snapshot.id };
    const plan = await result(rollbackPlan({ client, path, body }));
    expect(plan.refusals).toMatchObject([
      { code: 'snapshot-refuted', message: expect.stringContaining('no value is right any more') },
    ]);
    const { error, response } = await rollbackCreate({ client, path, body });
    expect([response?.status, error?.code, error?.reasons]).toEqual([409, 'rollback-refused', plan.refusals]);
    const listed = async (restorability: RestorabilityState) =>
      (await result(snapshotList({ client, path, query: { restorability } }))).items.map(({ id }) => id);
    expect([await listed('refuted'), await listed('expected')]).toEqual([[snapshot.id], []]);
    expect(await statesBeside(place)).toEqual([]);
  });

  it('is not needed to refute a snapshot: a rollback that the server refuses does, and the next one is refused', async () => {
    const place = await newPlace();
    await makeUnrestorable(place.database.address);
    const { id: snapshotId } = await takeSnapshot(client, place.environment.id);
    const path = { environmentId: place.environment.id };
    const body = { snapshotId, createSafetySnapshot: false };
    const log = await rollBack(client, place.environment.id, body);
    expect(log).toMatchObject({ status: 'failed', failure: { code: 'restore-failed' } });
    const { restorability } = await result(snapshotView({ client, path: { ...path, snapshotId } }));
    expect(restorability).toMatchObject({ state: 'refuted', findings: [{ code: 'restore-failed' }] });
    const plan = await result(rollbackPlan({ client, path, body }));
    expect(plan.refusals).toMatchObject([{ code: 'snapshot-refuted' }]);
    expect(await statesBeside(place)).toEqual([]);
  });

  it('says nothing of a snapshot whose catalogue is being rebuilt, wherever the rebuild is', async () => {
    const place = await newPlace();
    const snapshot = await takeSnapshot(client, place.environment.id);
    const project = place.project.id;
    const finding = { code: 'rebuilding', message: expect.stringContaining('being rebuilt') };
    // Chunks are gone from the catalogue, the manifest is not; and in one that was lost, nothing is there yet.
    for (const also of sampleOf(['', `DELETE FROM vault.manifests WHERE project = '${project}'`], 1)) {
      await withVault(service, async ({ catalogue, connections }) => {
        await catalogue.beginRebuild(project);
        await connections.query(also);
      });
      expect((await verify(snapshot)).at(-1)).toMatchObject({ outcome: 'inconclusive', finding });
      expect((await view(snapshot)).restorability).toMatchObject({ state: 'expected', findings: [] });
      const log = await rollBack(client, place.environment.id, {
        snapshotId: snapshot.id,
        createSafetySnapshot: false,
      });
      expect(log).toMatchObject({ status: 'failed', failure: finding });
    }
    await withVault(service, (access) => rebuildCatalogue(access, project, { signal: new AbortController().signal }));
    expect((await verify(snapshot)).at(-1)).toMatchObject({ outcome: 'equal' });
    expect((await view(snapshot)).restorability).toMatchObject({ state: 'proven', findings: [] });
  });

  it.each(
    sampleOf(
      [
        ['counts', 'Rows and files were counted.'],
        ['sampled', 'Rows and files were counted, and every row of some tables compared.'],
        ['all', 'Every row and every file was compared.'],
      ] as const,
      1,
    ),
  )('is part of a rollback as far as the settings say: %s', async (verifyRestored, story) => {
    const place = await newPlace();
    const path = { environmentId: place.environment.id };
    await result(settingsUpdate({ client, path, body: { verifyRestored } }));
    const { id: snapshotId } = await takeSnapshot(client, place.environment.id);
    await changeBoth(place);
    const log = await rollBack(client, place.environment.id, { snapshotId, createSafetySnapshot: false });
    expect(log).toMatchObject({ status: 'completed', warnings: [] });
    expect(log.steps.find(({ name }) => name === 'verify')).toMatchObject({ status: 'completed', detail: story });
    expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
  });

  it('happens by itself after each capture where the settings want it', async () => {
    const place = await newPlace();
    const path = { environmentId: place.environment.id };
    await result(settingsUpdate({ client, path, body: { verify: 'after_capture' } }));
    const snapshot = await takeSnapshot(client, place.environment.id);
    expect((await ended(snapshot)).at(-1)).toMatchObject({ outcome: 'equal' });
    expect((await view(snapshot)).verification).toMatchObject({ requestedBy: 'settings' });
  });
});
