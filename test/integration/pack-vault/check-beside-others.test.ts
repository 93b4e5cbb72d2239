import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultInjectingBackend } from '../../faults/vault/fault-injecting-backend.js';
import { FaultScript } from '../../faults/vault/planned-faults.js';
import { checkProject } from '../../../src/vault/check/check-project.js';
import type { Finding, ProjectSummary } from '../../../src/vault/check/finding.js';
import type { Backend } from '../../../src/vault/backend/backend.js';
import { usually } from '../../harness/thorough.js';
import { inParts, makeVault, newId, type VaultFixture } from './fixture.js';

let fixture: VaultFixture;
const { signal } = new AbortController();

beforeAll(async () => {
  fixture = await makeVault();
});
afterAll(() => fixture.remove());

async function capture(project: string, contents: readonly Buffer[]): Promise<string> {
  const snapshotId = newId();
  const header = { snapshotId, createdAt: new Date().toISOString(), tools: {} };
  const writer = await fixture.vault.beginCapture(project, header);
  for (const [index, bytes] of contents.entries()) {
    const content = await writer.store(inParts(bytes));
    await writer.add({ kind: 'file', path: `utf8:${index}`, mode: 0o644, uid: 0, gid: 0, mtimeNs: '1', content });
  }
  await writer.publish();
  return snapshotId;
}

async function check(
  project: string,
  backend: Backend = fixture.backend,
): Promise<{ damage: Finding[]; summary: ProjectSummary }> {
  const damage: Finding[] = [];
  const findings = checkProject({ ...fixture, backend }, project, { signal, readPercent: 100 });
  for (;;) {
    const { value, done } = await findings.next();
    if (done === true) return { damage, summary: value };
    if (value.severity === 'damage') damage.push(value);
  }
}

describe('a check beside captures, deletions and collections', () => {
  it.each([
    { operation: 'stat', folder: 'packs' },
    { operation: 'stream', folder: 'packs' },
    { operation: 'stat', folder: 'manifests' },
    { operation: 'stream', folder: 'manifests' },
  ] as const)('does not call damaged what went before its $operation of $folder', async ({ operation, folder }) => {
    const project = newId();
    await capture(project, [randomBytes(10_000)]);
    const doomed = await capture(project, [randomBytes(20_000)]);
    const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const held = new FaultInjectingBackend(
      fixture.backend,
      new FaultScript({
        operation,
        key: `projects/${project}/${folder}/`,
        times: Infinity,
        fault: {
          kind: 'hold',
          get until() {
            reached.resolve();
            return released.promise;
          },
        },
      }),
    );
    const checking = check(project, held);
    await reached.promise;
    await fixture.vault.deleteManifest(project, doomed);
    expect((await fixture.vault.collect(project, { signal })).removedObjects).toBe(1);
    released.resolve();
    const { damage, summary } = await checking;
    expect(damage).toEqual([]);
    expect(summary.snapshots.every(({ state }) => state === 'whole')).toBe(true);
  });

  it('raises no false alarm while all of them go on', async () => {
    const project = newId();
    const shared = Array.from({ length: 5 }, () => randomBytes(40_000));
    const kept: string[] = [];
    const counts = { captures: 0, collected: 0, checks: 0 };
    const deadline = Date.now() + 40_000;
    // Otherwise this test would be of nothing.
    const enough = (): boolean => Math.min(counts.captures / 2, counts.collected, counts.checks) >= usually(3, 5);
    const goesOn = (): boolean => !enough() && Date.now() < deadline;
    const capturing = async (): Promise<void> => {
      while (goesOn()) {
        // Large enough that a collection finds it worth to copy out what is shared.
        const own = Array.from({ length: 9 }, () => randomBytes(1_000_000));
        kept.push(await capture(project, [...own, ...shared.slice(counts.captures % 5)]));
        counts.captures += 1;
        if (kept.length > 2) await fixture.vault.deleteManifest(project, kept.shift()!);
      }
    };
    const collecting = async (): Promise<void> => {
      while (goesOn()) counts.collected += (await fixture.vault.collect(project, { signal })).removedObjects;
    };
    const alarms: Finding[] = [];
    const checking = async (): Promise<void> => {
      while (goesOn()) {
        alarms.push(...(await check(project)).damage);
        counts.checks += 1;
      }
    };
    await Promise.all([capturing(), collecting(), checking()]);
    expect(alarms).toEqual([]);
    expect(enough()).toBe(true);
    const { damage, summary } = await check(project);
    expect(damage).toEqual([]);
    expect(summary.snapshots.map(({ snapshotId }) => snapshotId)).toEqual(kept.toSorted());
  }, 60_000);
});
