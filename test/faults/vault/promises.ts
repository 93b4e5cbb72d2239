import { setTimeout as pause } from 'node:timers/promises';
import type { Finding, ProjectSummary } from '../../../src/vault/check/finding.js';
import { checkProject } from '../../../src/vault/check/check-project.js';
import { contentOf } from './contents.js';
import type { Ledger } from './ledger.js';
import { collect, published } from './operations.js';
import { CHILD_NAME, openVault, type World } from './world.js';

/** More collections in a row than it ever takes: one to condemn, one for what waited. */
const MOST_COLLECTIONS = 6;

/** A check that reads every byte. */
export async function check(world: World): Promise<{ findings: Finding[]; summary: ProjectSummary }> {
  const findings: Finding[] = [];
  const steps = checkProject(world, world.place.project, { signal: AbortSignal.timeout(60_000), readPercent: 100 });
  for (;;) {
    const { value, done } = await steps.next();
    if (done === true) return { findings, summary: value };
    findings.push(value);
  }
}

/** Why a published snapshot does not come back byte for byte; undefined when it does. `expected`: the paths it has to have. */
export async function whyNotRestored(
  world: World,
  snapshotId: string,
  expected: (attempt: string) => readonly string[],
): Promise<string | undefined> {
  const vault = openVault(world);
  const { project } = world.place;
  try {
    const { tools } = await vault.readHeader(project, snapshotId);
    const missing = new Set(expected(tools['attempt'] ?? ''));
    for await (const entry of vault.readEntries(project, snapshotId)) {
      if (entry.kind !== 'file') return `has an entry of kind ${entry.kind}`;
      if (!missing.delete(entry.path)) return `has ${entry.path}, which was not captured or is there twice`;
      const wanted = contentOf(entry.path);
      let at = 0;
      for await (const bytes of vault.readContent(project, entry.content)) {
        if (!bytes.equals(wanted.subarray(at, at + bytes.length))) return `differs in ${entry.path}, silently`;
        at += bytes.length;
      }
      if (at !== wanted.length) return `has ${at} bytes of ${entry.path}, silently`;
    }
    return missing.size === 0 ? undefined : `lacks ${[...missing].join(', ')}, silently`;
  } catch (error) {
    return `fails with ${codeOf(error)}: ${error instanceof Error ? error.message : ''}`;
  }
}

/** Every promise that holds at any moment when nobody is at work. Sentences about those that do not. */
export async function brokenPromises(world: World, ledger: Ledger): Promise<string[]> {
  const broken: string[] = [];
  const { findings, summary } = await check(world);
  for (const { severity, code, object, message } of findings) {
    if (severity === 'damage') broken.push(`check: ${code} ${object}: ${message}`);
  }
  for (const { snapshotId, state } of summary.snapshots) {
    if (state === 'damaged') broken.push(`check calls snapshot ${snapshotId} damaged.`);
  }
  const attempts = new Map<string, string>();
  for (const snapshotId of await published(world)) {
    const header = await openVault(world)
      .readHeader(world.place.project, snapshotId)
      .catch(() => undefined);
    attempts.set(snapshotId, header?.tools['attempt'] ?? 'unreadable');
    const why = await whyNotRestored(world, snapshotId, (attempt) => ledger.pathsOf(snapshotId, attempt));
    if (why !== undefined) broken.push(`Snapshot ${snapshotId} ${why}.`);
  }
  broken.push(...ledger.broken(attempts));
  return broken;
}

/** Where a check calls a snapshot whole that does not come back, or damaged one that does. Sentences. */
export async function untruths(world: World, ledger: Ledger): Promise<string[]> {
  const wrong: string[] = [];
  const { summary } = await check(world);
  for (const { snapshotId, state } of summary.snapshots) {
    const why = await whyNotRestored(world, snapshotId, (attempt) => ledger.pathsOf(snapshotId, attempt));
    const is = why === undefined ? 'whole' : 'damaged';
    if (is !== state) wrong.push(`check calls snapshot ${snapshotId} ${state}, and it ${why ?? 'comes back'}.`);
    if (why?.endsWith('silently') === true) wrong.push(`Snapshot ${snapshotId} ${why}.`);
  }
  return wrong;
}

/** Ends the leases of the dead, collects until nothing more goes, and says what is left that nobody needs. */
export async function leftovers(world: World): Promise<string[]> {
  const { project } = world.place;
  await world.pool.query("UPDATE vault.captures SET heartbeat = heartbeat - interval '1 hour' WHERE project = $1", [
    project,
  ]);
  for (let round = 1; round <= MOST_COLLECTIONS; round += 1) {
    if ((await collect(world)) === 0 && round > 1) break;
  }
  const left: string[] = [];
  const needed = await neededObjects(world);
  for await (const { key } of world.backend.list(`projects/${project}/`)) {
    if (!needed.has(key)) left.push(`Nobody needs ${key}, and collections have left it.`);
  }
  const { findings } = await check(world);
  for (const { code, object, severity } of findings)
    left.push(`After collections, check: ${severity} ${code} ${object}.`);
  return left;
}

/** The keys of everything that published snapshots need. */
export async function neededObjects(world: World): Promise<Set<string>> {
  const { place, catalogue } = world;
  const prefix = `projects/${place.project}`;
  const needed = new Set([`${prefix}/key.json`]);
  const vault = openVault(world);
  for await (const { snapshotId, objectKey } of catalogue.manifestsOf(place.project)) {
    needed.add(objectKey);
    for await (const entry of vault.readEntries(place.project, snapshotId)) {
      if (!('content' in entry)) continue;
      const ids = entry.content.chunks.map(({ id }) => Buffer.from(id, 'hex'));
      for (const location of await catalogue.locate(place.project, ids)) {
        const pack = location?.packId.toString('hex') ?? '';
        needed.add(`${prefix}/packs/${pack.slice(0, 2)}/${pack}`);
      }
    }
  }
  return needed;
}

/** The server may go on for a moment with what a killed child had asked for. */
export async function untilChildrenAreGone({ pool }: World): Promise<void> {
  for (let attempt = 1; attempt <= 500; attempt += 1) {
    const { rowCount } = await pool.query('SELECT FROM pg_stat_activity WHERE application_name = $1', [CHILD_NAME]);
    if (rowCount === 0) return;
    await pause(10);
  }
  throw new Error('The database server still works for a child that was killed five seconds ago.');
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
