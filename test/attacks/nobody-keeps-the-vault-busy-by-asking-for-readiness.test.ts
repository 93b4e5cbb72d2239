import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { READINESS_FRESH_MS } from '../../src/health/readiness.js';
import { asker } from '../contract/ask.js';
import { S3Server } from '../harness/s3-server.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';

const READY = '/api/v1/health/ready';

let s3: S3Server;
let service: TestService;
beforeAll(async () => {
  s3 = await S3Server.start();
  vi.stubEnv('AWS_ACCESS_KEY_ID', s3.credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', s3.credentials.secretAccessKey);
  service = await startTestService({ VAULT_S3_BUCKET: s3.bucket, VAULT_S3_ENDPOINT: s3.endpoint, ROLE: 'api' });
});
afterAll(async () => {
  await service.stop();
  await s3.stop();
  vi.unstubAllEnvs();
});

it('however many ask at once or one after the other', async () => {
  const ask = asker(service.url, null);
  await ask('GET', READY);
  const oneLook = s3.requests.splice(0).length;
  expect(oneLook).toBeGreaterThan(0);

  const startedAt = performance.now();
  for (let round = 0; round < 10; round += 1) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('GET', READY)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  }
  const looks = Math.ceil((performance.now() - startedAt) / READINESS_FRESH_MS);
  expect(s3.requests.length).toBeLessThanOrEqual(looks * oneLook);
});
