import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { settingsUpdate } from '../../sdk/typescript/generated/sdk.gen.js';
import { takeSnapshot } from '../e2e/outcomes.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';

let service: TestService;
let place: TestEnvironment;

beforeAll(async () => {
  service = await startTestService();
  place = await createTestEnvironment(service.client(), service.filestoreRoot);
  await query(
    place.database.address,
    `CREATE TABLE users (password text); INSERT INTO users VALUES ('hunter2'), ('swordfish')`,
  );
});
afterAll(async () => {
  await place.database.drop();
  await service.stop();
});

const body = { fileReferences: 'SELECT password FROM users', failurePolicy: 'continue' as const };
const path = () => ({ environmentId: place.environment.id });

it('settings:write alone sets no query, and everything else', async () => {
  const client = service.client({ permissions: ['settings:read', 'settings:write'] });
  const { error, response } = await settingsUpdate({ client, path: path(), body });
  expect([response?.status, error?.code, error?.detail]).toEqual([
    403,
    'permission-missing',
    expect.stringContaining('environments:write'),
  ]);
  expect(
    (await settingsUpdate({ client, path: path(), body: { retentionDays: 9, fileReferences: null } })).error,
  ).toBeUndefined();
});

it('what a query returns stands in no warning', async () => {
  await writeFile(join(place.filestorePath, 'hunter2'), '');
  const client = service.client({ permissions: ['settings:write', 'environments:write'] });
  expect((await settingsUpdate({ client, path: path(), body })).error).toBeUndefined();
  const snapshot = await takeSnapshot(service.client(), place.environment.id);
  expect(snapshot.warnings).toMatchObject([
    { code: 'dangling-references', message: expect.stringMatching(/^1 of the 2 files/) },
  ]);
  expect(JSON.stringify(snapshot)).not.toMatch(/hunter2|swordfish/);
});
