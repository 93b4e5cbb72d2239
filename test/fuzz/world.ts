import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { asker } from '../contract/ask.js';
import type { Ask } from '../contract/ask.js';
import { waitUntil } from '../e2e/wait-until.js';
import { plantOperation } from '../contract/planted-operation.js';

/** Where an environment can be: a database, and how else it can be named, and a directory. */
export interface Place {
  database: DatabaseAddress;
  filestorePath: string;
  variable: string;
  file: string;
}

/** What there is before the first request; the hooks of Schemathesis get it as JSON. */
export interface FuzzWorld {
  url: string;
  token: string;
  projectId: string;
  /** The steady one: it is used by everything, and neither changed nor deleted. */
  environmentId: string;
  /** Completed and pinned, of the steady environment. */
  snapshotId: string;
  /** What hangs, by what can be done with it. */
  operationIds: { tried: string[]; confirmed: string[] };
  /** Where nobody is yet. */
  places: Place[];
}

const HANGING = 20;
const SNAPSHOT_SECONDS = 60;

export async function createFuzzWorld(
  url: string,
  token: string,
  state: DatabaseAddress,
  { steady, places }: { steady: Place; places: Place[] },
): Promise<FuzzWorld> {
  const ask = asker(url, token);
  const projectId = await made(ask, '/api/v1/projects', { name: 'fuzz' });
  const { host, port, database, user, password } = steady.database;
  const environmentId = await made(ask, `/api/v1/projects/${projectId}/environments`, {
    name: 'steady',
    type: 'staging',
    database: { kind: 'connection', host, port, database, user, password },
    filestorePath: steady.filestorePath,
  });
  const snapshots = `/api/v1/environments/${environmentId}/snapshots`;
  const snapshotId = await made(ask, snapshots, { label: 'steady' });
  await completed(ask, `${snapshots}/${snapshotId}`);
  await ask('POST', `${snapshots}/${snapshotId}/pin`);
  const planted = async (kind: 'left-over' | 'retention'): Promise<string[]> => {
    const ids: string[] = [];
    for (let n = 0; n < HANGING; n += 1) ids.push(await plantOperation(state, { projectId, environmentId }, kind));
    return ids;
  };
  const operationIds = { tried: await planted('left-over'), confirmed: await planted('retention') };
  return { url, token, projectId, environmentId, snapshotId, operationIds, places };
}

async function made(ask: Ask, path: string, json: unknown): Promise<string> {
  const { status, body } = await ask('POST', path, { json });
  if (status >= 300) throw new Error(`POST ${path} was answered with ${status} ${JSON.stringify(body)}`);
  return (body as { id: string }).id;
}

async function completed(ask: Ask, path: string): Promise<void> {
  const ended = async () => {
    const { status } = (await ask('GET', path)).body as { status: string };
    return status !== 'queued' && status !== 'running' && status;
  };
  const status = await waitUntil('the first snapshot ends', ended, { seconds: SNAPSHOT_SECONDS, everyMs: 100 });
  if (status !== 'completed') throw new Error(`The snapshot that everything begins with is ${status}.`);
}
