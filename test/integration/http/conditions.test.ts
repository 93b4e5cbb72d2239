import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../sdk/typescript/generated/client/index.js';
import {
  deploymentCreate,
  deploymentView,
  environmentDelete,
  environmentUpdate,
  environmentView,
  projectView,
  settingsUpdate,
  settingsView,
  snapshotList,
} from '../../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../../sdk/typescript/result.js';
import { createTestEnvironment } from '../../harness/sample-environment.js';
import type { TestEnvironment } from '../../harness/sample-environment.js';
import { startTestService } from '../../harness/service.js';
import type { TestService } from '../../harness/service.js';

let service: TestService;
let client: Client;
let place: TestEnvironment;

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot, {});
});
afterAll(async () => {
  await place.database.drop();
  await service.stop();
});

const tagOf = ({ response }: { response?: Response }): string => response!.headers.get('etag')!;
const environmentPath = () => ({ projectId: place.project.id, environmentId: place.environment.id });
const settingsPath = () => ({ environmentId: place.environment.id });

describe('what has been read', () => {
  it('is not sent again while it is the same', async () => {
    const { deploymentId } = await result(
      deploymentCreate({ client, path: settingsPath(), body: {} }).then(({ data, error }) => ({
        data: data && { deploymentId: data.id },
        error,
      })),
    );
    const views = [
      (headers = {}) => projectView({ client, path: { projectId: place.project.id }, headers }),
      (headers = {}) => environmentView({ client, path: environmentPath(), headers }),
      (headers = {}) => settingsView({ client, path: settingsPath(), headers }),
      (headers = {}) => deploymentView({ client, path: { deploymentId }, headers }),
      (headers = {}) => snapshotList({ client, path: settingsPath(), headers }),
    ];
    for (const view of views) {
      // A deployment and its snapshot go on by themselves for a moment.
      let status: number | undefined;
      for (let tries = 0; tries < 50 && status !== 304; tries += 1) {
        const tag = tagOf(await view());
        const again = await view({ 'If-None-Match': tag });
        status = again.response?.status;
      }
      expect(status).toBe(304);
      expect((await view({ 'If-None-Match': '"another"' })).response?.status).toBe(200);
    }
  });
});

describe('a change', () => {
  it('of settings that somebody else has changed meanwhile is refused, and changes nothing', async () => {
    const path = settingsPath();
    const read = tagOf(await settingsView({ client, path }));
    const first = await settingsUpdate({ client, path, body: { retentionDays: 50 }, headers: { 'If-Match': read } });
    expect(first.data?.retentionDays).toBe(50);
    const late = await settingsUpdate({ client, path, body: { retentionDays: 7 }, headers: { 'If-Match': read } });
    expect([late.response?.status, late.error?.code]).toEqual([412, 'precondition-failed']);
    expect(await result(settingsView({ client, path }))).toMatchObject({ retentionDays: 50 });
    const headers = { 'If-Match': tagOf(first) };
    const next = await settingsUpdate({ client, path, body: { retentionDays: 51 }, headers });
    expect(next.data?.retentionDays).toBe(51);
  });

  it('of several at once with the same tag is made by one of them', async () => {
    const path = settingsPath();
    const headers = { 'If-Match': tagOf(await settingsView({ client, path })) };
    const answers = await Promise.all(
      [61, 62, 63, 64, 65].map((retentionDays) => settingsUpdate({ client, path, body: { retentionDays }, headers })),
    );
    const statuses = answers.map(({ response }) => response?.status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 412)).toHaveLength(4);
  });

  it('of an environment, and its removal, too', async () => {
    const path = environmentPath();
    const read = tagOf(await environmentView({ client, path }));
    const body = { labels: { team: 'shop' } };
    const first = await environmentUpdate({ client, path, body, headers: { 'If-Match': read } });
    expect(first.data?.labels).toEqual(body.labels);
    const headers = { 'If-Match': read };
    const answers = await Promise.all([
      environmentUpdate({ client, path, body: { labels: {} }, headers }),
      environmentUpdate({ client, path, body: { filestorePath: '/nowhere/at/all' }, headers }),
      environmentDelete({ client, path, query: { snapshots: 'delete' }, headers }),
    ]);
    expect(answers.map(({ error }) => error?.code)).toEqual(Array(3).fill('precondition-failed'));
    expect(await result(environmentView({ client, path }))).toMatchObject(body);
  });

  it('of an environment goes by what people change, not by what lies beside it', async () => {
    const path = environmentPath();
    const [viewed, changed] = [
      tagOf(await environmentView({ client, path })),
      tagOf(await environmentUpdate({ client, path, body: { labels: { team: 'shop' } } })),
    ];
    expect(viewed).not.toBe(changed);
    const later = tagOf(await environmentView({ client, path }));
    expect(later.startsWith(changed.slice(0, -1))).toBe(true);
    const headers = { 'If-Match': changed };
    expect((await environmentUpdate({ client, path, body: { labels: {} }, headers })).response?.status).toBe(200);
  });
});
