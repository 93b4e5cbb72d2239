import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { deploymentCreate, settingsUpdate, snapshotCreate } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { capturesIn } from '../harness/vault-view.js';
import { usually } from '../harness/thorough.js';
import { testToken } from '../harness/tokens.js';
import { holdTable } from './held-table.js';
import { nothingIsLeft } from './leftovers.js';
import { writeManyFiles } from './many-files.js';
import { endOfSnapshot, takeSnapshot } from './outcomes.js';
import { receiveAll, recordedIds } from './progress-events.js';
import type { ReceivedEvent } from './progress-events.js';
import { waitUntil } from './wait-until.js';

const STREAMS = usually(12, 50);
const FILES = usually(1000, 3000);

let service: TestService;
let client: Client;
/** An environment whose capture takes seconds. */
let slow: TestEnvironment;
const places: TestEnvironment[] = [];

beforeAll(async () => {
  service = await startTestService({ PROGRESS_HEARTBEAT_SECONDS: '1' });
  client = service.client();
  slow = await createTestEnvironment(client, service.filestoreRoot);
  await writeManyFiles(slow.filestorePath, FILES);
  places.push(slow);
});

afterAll(async () => {
  await nothingIsLeft(places).finally(() => service.stop());
});

async function order({ environment }: TestEnvironment): Promise<{ environmentId: string; snapshotId: string }> {
  const path = { environmentId: environment.id };
  return { ...path, snapshotId: (await result(snapshotCreate({ client, path }))).id };
}

function expectSteady(events: ReceivedEvent[]): void {
  const ids = events.map(({ id }) => Number(id));
  expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b));
  const percents = events.map(({ percent }) => percent);
  expect(percents).toEqual(percents.toSorted((a, b) => a - b));
  expect(events.map(({ final }) => final)).toEqual(events.map((_, at) => at === events.length - 1));
}

describe('the progress of a snapshot', () => {
  it('begins with the present state, and only goes forward until its final event', async () => {
    const path = await order(slow);
    const events = await receiveAll(client, path);
    expect(events.length).toBeGreaterThan(3);
    expectSteady(events);
    expect(events.at(-1)).toMatchObject({ status: 'completed', percent: 100, filesDone: FILES + 3, final: true });
    const phases = [...new Set(events.map(({ phase }) => phase))].filter((phase) => phase !== null);
    expect(phases).toEqual(['prepare', 'database', 'filestore', 'publish']);
  });

  it('is the same for all who watch at once', async () => {
    const path = await order(slow);
    const all = await Promise.all(Array.from({ length: STREAMS }, () => receiveAll(client, path)));
    const recorded = await recordedIds(service.database, path.snapshotId);
    for (const events of all) {
      expectSteady(events);
      // Whoever came later has missed the beginning, but nothing since.
      const ids = events.map(({ id }) => id);
      expect(ids).toEqual(recorded.slice(recorded.indexOf(ids[0]!)));
    }
  });

  it('goes on after the last event that a client has', async () => {
    const path = {
      environmentId: slow.environment.id,
      snapshotId: (await takeSnapshot(client, slow.environment.id)).id,
    };
    const recorded = await recordedIds(service.database, path.snapshotId);
    const middle = Math.floor(recorded.length / 2);
    const events = await receiveAll(client, path, { lastEventId: recorded[middle]! });
    expect(events.map(({ id }) => id)).toEqual(recorded.slice(middle + 1));
    expectSteady(events);
  });

  it('answers with the final event alone, at once, when the snapshot has ended', async () => {
    const place = await createTestEnvironment(client, service.filestoreRoot);
    places.push(place);
    const { id: snapshotId } = await takeSnapshot(client, place.environment.id);
    const path = { environmentId: place.environment.id, snapshotId };
    const askedAt = Date.now();
    const [final, ...more] = await receiveAll(client, path);
    expect(final).toMatchObject({ status: 'completed', final: true });
    expect(more).toEqual([]);
    // A client that has it already gets it again: it would wait for ever otherwise.
    expect(await receiveAll(client, path, { lastEventId: final!.id })).toEqual([{ ...final, at: expect.any(String) }]);
    // Events are kept for some days only.
    await query(service.database, `DELETE FROM progress_events WHERE subject_id = '${snapshotId}'`);
    expect(await receiveAll(client, path)).toMatchObject([{ status: 'completed', percent: 100, final: true }]);
    expect(Date.now() - askedAt).toBeLessThan(1500);
  });

  it('says every second that it is alive while nothing happens', async () => {
    const place = await createTestEnvironment(client, service.filestoreRoot);
    places.push(place);
    const table = await holdTable(place.database.address);
    const path = await order(place);
    await table.dumpIsWaiting();
    const url = `${service.url}/api/v1/environments/${path.environmentId}/snapshots/${path.snapshotId}/progress`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${testToken()}` } });
    let text = '';
    for await (const bytes of response.body!) {
      text += Buffer.from(bytes).toString();
      if ((text.match(/^: heartbeat$/gm) ?? []).length === 2) break;
    }
    expect(text).toMatch(/^event: snapshot-progress\n/m);
    await table.release();
    expect(await endOfSnapshot(client, path)).toMatchObject({ status: 'completed' });
  });

  it('stays final when a worker goes on for a moment after the snapshot was ended without it', async () => {
    const path = { environmentId: slow.environment.id };
    await result(settingsUpdate({ client, path, body: { maxReadBytesPerSecond: 1024 * 1024 } }));
    const large = `SELECT n, repeat(md5(n::text), 30) AS filler FROM generate_series(1, 20000) n`;
    await query(slow.database.address, `CREATE TABLE large AS ${large}`);
    const deployment = await result(deploymentCreate({ client, path }));
    const snapshotId = deployment.snapshotId!;
    const advanced = `SELECT FROM progress_events WHERE subject_id = '${snapshotId}' AND (data->>'percent')::float > 2`;
    await waitUntil('rows are being read', async () => (await query(service.database, advanced)).length > 0);
    await query(service.database, `UPDATE deployments SET gate_deadline = now() WHERE id = '${deployment.id}'`);
    expect(await endOfSnapshot(client, { ...path, snapshotId })).toMatchObject({ failure: { code: 'timed-out' } });
    await waitUntil('the worker has noticed', async () => (await capturesIn(service, slow.project.id)) === 0);
    const [final, ...more] = await receiveAll(client, { ...path, snapshotId });
    expect(final).toMatchObject({ status: 'failed', failure: { code: 'timed-out' }, final: true });
    expect(more).toEqual([]);
    // It does not fall back to nothing in the last moment either.
    expect(final!.percent).toBeGreaterThan(0);
  });
});
