import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settingsUpdate } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { ensureTools } from '../harness/ensure-tools.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { nothingIsLeft } from './leftovers.js';

let service: TestService;
let place: TestEnvironment;
let script: string;

beforeAll(async () => {
  ensureTools('curl', 'jq');
  service = await startTestService();
  place = await createTestEnvironment(service.client(), service.filestoreRoot);
  const path = { environmentId: place.environment.id };
  await result(settingsUpdate({ client: service.client(), path, body: { autoEnabled: true } }));
  const readme = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8');
  const shown = /^```bash\n(#!\/usr\/bin\/env bash\n# deploy\.sh[\s\S]*?)^```$/m.exec(readme)?.[1];
  script = join(service.directory, 'deploy.sh');
  await writeFile(script, shown!);
  await chmod(script, 0o755);
});

afterAll(async () => {
  await nothingIsLeft([place]).finally(() => service.stop());
});

/** Runs README's script; the command it deploys with is a line of shell. */
async function deploy(key: string, command: string): Promise<{ code: number | null; output: string }> {
  const child = spawn('bash', [script, '17.1', 'sh', '-c', command], {
    env: {
      PATH: process.env['PATH'],
      SNAPBACK_URL: service.url,
      SNAPBACK_TOKEN: testToken({
        permissions: ['deployments:read', 'deployments:write', 'rollbacks:read', 'rollbacks:write'],
      }),
      ENVIRONMENT_ID: place.environment.id,
      CI_JOB_ID: key,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

describe("README's deploy.sh", () => {
  it('deploys behind the gate, and does not deploy again for a job that is run again with the same key', async () => {
    const key = randomUUID();
    const first = await deploy(key, 'echo deployed');
    expect([first.code, first.output]).toEqual([0, expect.stringContaining('deployed')]);
    const again = await deploy(key, 'echo deployed');
    expect(again.code).toBe(1);
    expect(again.output).not.toContain('deployed\n');
    expect(again.output).toContain('has ended (completed)');
  });

  it('rolls back what failed', async () => {
    const failed = await deploy(randomUUID(), 'false');
    expect([failed.code, failed.output]).toEqual([1, expect.stringContaining('rollback: completed')]);
  });

  it('says why a rollback was refused', async () => {
    const key = randomUUID();
    // Meanwhile somebody finds out that the snapshot cannot be restored.
    const refute = `UPDATE snapshots SET restorability = 'refuted', restorability_findings =
      '[{"code": "snapshot-damaged", "message": "A pack is gone.", "blocking": true, "refutes": true, "foundBy": "vault-check"}]'
      WHERE environment_id = '${place.environment.id}'`;
    const going = deploy(key, 'sleep 4; false');
    const timer = setInterval(() => void query(service.database, refute), 200);
    const { code, output } = await going;
    clearInterval(timer);
    expect(code).toBe(1);
    expect(output).toMatch(/was not rolled back|gate closed/);
    expect(output).toContain('A pack is gone.');
  });
});
