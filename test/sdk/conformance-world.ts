import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../../sdk/typescript/connect.js';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  environmentCreate,
  projectCreate,
  settingsUpdate,
  snapshotCreate,
  snapshotView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { testToken } from '../harness/tokens.js';
import type { ConformancePlace } from './conformance-place.js';

/** What programs find in `CONFORMANCE_WORLD`. */
export interface World {
  projectId: string;
  environmentId: string;
  snapshotId: string;
  slowEnvironmentId: string;
}

const SLOW_SECONDS = 10;
const READ_BYTES_PER_SECOND = 1_048_576;

const ITEMS = [
  'CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL)',
  "INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 100) n",
];
/** The column of a type whose text is made of names lets no differential carry the table over: each snapshot reads all of it. */
const BALLAST = `CREATE TABLE ballast AS SELECT n, 'pg_class'::regclass AS read_each_time, string_agg(md5((n * m)::text), '') AS text
   FROM generate_series(1, ${820 * SLOW_SECONDS}) n, generate_series(1, 40) m GROUP BY n`;

export async function makeWorld(place: ConformancePlace): Promise<World> {
  const client = connect({ baseUrl: place.url, token: testToken() });
  const { id: projectId } = await result(projectCreate({ client, body: { name: 'conformance' } }));
  const environmentId = await newEnvironment(client, place, projectId, 'quick', ITEMS);
  const slowEnvironmentId = await newEnvironment(client, place, projectId, 'slow', [...ITEMS, BALLAST]);
  const body = { maxReadBytesPerSecond: READ_BYTES_PER_SECOND };
  await result(settingsUpdate({ client, path: { environmentId: slowEnvironmentId }, body }));
  const { id: snapshotId } = await result(snapshotCreate({ client, path: { environmentId } }));
  for (let status = 'queued'; status !== 'completed'; await sleep(100)) {
    ({ status } = await result(snapshotView({ client, path: { environmentId, snapshotId } })));
    if (status === 'failed') throw new Error('The snapshot of the world has failed.');
  }
  return { projectId, environmentId, snapshotId, slowEnvironmentId };
}

async function newEnvironment(
  client: Client,
  place: ConformancePlace,
  projectId: string,
  name: string,
  statements: readonly string[],
): Promise<string> {
  const { database: address, files } = await place.newEnvironment(name, ...statements);
  const { host, port, database, user, password } = address;
  const body = {
    name,
    type: 'production',
    database: { kind: 'connection', host, port, database, user, password },
    filestorePath: files,
  } as const;
  return (await result(environmentCreate({ client, path: { projectId }, body }))).id;
}
