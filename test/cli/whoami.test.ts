import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectCreate } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import type { Grant } from '../../src/auth/permission.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { CommandLine } from './command-line.js';

let service: TestService;
let projectId: string;

beforeAll(async () => {
  service = await startTestService({ ROLE: 'api' });
  projectId = (await result(projectCreate({ client: service.client(), body: { name: 'shop' } }))).id;
});
afterAll(() => service.stop());

async function outOf(claims: Parameters<typeof testToken>[0], ...options: string[]): Promise<string> {
  const snapback = await CommandLine.open({ SNAPBACK_URL: service.url, SNAPBACK_TOKEN: testToken(claims) });
  const ran = await snapback.run(['whoami', ...options]).finally(() => snapback.remove());
  expect(ran).toMatchObject({ code: 0 });
  return ran.out;
}

describe('who somebody is', () => {
  it('is shown with what they may do, where, and until when', async () => {
    const permissions: Grant[] = ['snapshots:read', 'settings:read'];
    const out = await outOf({ subject: 'alice', permissions, projects: [projectId], lifetimeSeconds: 3000 });
    expect(out).toMatch(/^subject +alice$/m);
    expect(out).toMatch(/^organization +acme$/m);
    expect(out).toMatch(/^permissions +snapshots:read, settings:read$/m);
    expect(out).toMatch(/^projects +shop$/m);
    expect(out).toMatch(/^token ends +in (49|50) min$/m);
  });

  it('is shown to a token that may do nothing', async () => {
    const out = await outOf({ permissions: [] });
    expect(out).toMatch(/^permissions +none$/m);
    expect(out).toMatch(/^projects +all of the organization$/m);
  });

  it('is the subject alone with --quiet, and all of it for programs', async () => {
    expect((await outOf({ subject: 'alice' }, '--quiet')).trim()).toBe('alice');
    const told: unknown = JSON.parse(await outOf({ subject: 'alice', permissions: ['audit:read'] }, '-o', 'json'));
    expect(told).toMatchObject({ subject: 'alice', organization: 'acme', permissions: ['audit:read'], projects: null });
  });
});
