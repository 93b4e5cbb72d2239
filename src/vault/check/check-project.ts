import { ChunkIdSet } from '../chunking/chunk-id-set.js';
import { RebuildWatch } from '../catalogue/locating/rebuild-watch.js';
import { ChunkReader } from '../reading/chunk-reader.js';
import { DataKey } from '../keys/data-key.js';
import { CheckedContents } from './checked-contents.js';
import { checkManifest, isHurt, type ManifestDiagnosis } from './check-manifest.js';
import { checkObjects } from './check-objects.js';
import { examinePacks } from './check-packs.js';
import { isChosen, type CheckOptions, type VaultParts } from './check-parts.js';
import { Damage } from './damage.js';
import type { Finding, FindingCode, ProjectSummary, SnapshotState } from './finding.js';
import { openKeyOrFinding } from './open-project-key.js';
import { SeenChunks } from './seen-chunks.js';

/** What a repair goes on from. */
export interface CheckResult {
  summary: ProjectSummary;
  damage: Damage;
  /** Packs that were read to their last byte and are what they should be: 50 to 100 bytes each. */
  proven: ChunkIdSet;
}

/**
 * Checks one project: its key, every pack in the catalogue, every published manifest and each chunk it names, and every object under
 * its prefix; of the packs and contents chosen to be read, every byte. Yields what it finds as it finds it, except for the damage of packs, which waits for the manifests that say
 * whom it hurts; returns the summary. Changes nothing.
 *
 * Beside captures, collections and deletions it raises no false alarm of damage: what looks wrong is looked at again, with rows that
 * are as they are then. What was stored after it began may be missing in it. In memory are the snapshots'
 * ids, what `Damage`, `SeenChunks` and `CheckedContents` say, and a batch of a few thousand chunks, whatever the project's size.
 *
 * Throws as the stores do when they cannot answer: what could not be looked at is neither whole nor damaged.
 */
export async function* checkProject(
  parts: VaultParts,
  project: string,
  options: CheckOptions,
): AsyncGenerator<Finding, ProjectSummary> {
  const { readPercent = 0 } = options;
  const reads = (id: Buffer): boolean => isChosen(id, readPercent);
  const { summary } = yield* runCheck(parts, project, { ...options, reads, contents: new CheckedContents(reads) });
  return summary;
}

export async function* runCheck(
  parts: VaultParts,
  project: string,
  options: CheckOptions & { reads: (packId: Buffer) => boolean; contents: CheckedContents },
): AsyncGenerator<Finding, CheckResult> {
  const result = emptyResult(project);
  const { summary } = result;
  const count = (finding: Finding): Finding => {
    summary.findings[finding.severity] += 1;
    return finding;
  };
  const { catalogue } = parts;
  const watch = await RebuildWatch.begin(catalogue, project);
  if (await watch.hasMet()) {
    summary.inconclusive = true;
    yield count(rebuildUnfinished(project));
    return result;
  }
  const key = await openKeyOrFinding(parts, project);
  if (key === undefined) {
    for await (const finding of checkRest(parts, project, options, summary, watch)) yield count(finding);
    return result;
  }
  if (!(key instanceof DataKey)) {
    yield* keyIsLost(parts, project, key, summary, count);
    return result;
  }
  for await (const { id, read, diagnosis } of examinePacks(parts, project, key, options)) {
    if (diagnosis === undefined) continue;
    summary.packs += 1;
    if (read) summary.packsRead += 1;
    if (diagnosis.problems.length > 0) result.damage.addPack(diagnosis);
    else if (read) result.proven.add(id.toString('hex'));
  }
  const reader = new ChunkReader(project, parts.backend, catalogue, key);
  const facts = { damage: result.damage, seen: new SeenChunks(), contents: options.contents, reader };
  for await (const record of catalogue.manifestsOf(project)) {
    options.signal.throwIfAborted();
    const diagnosis = await checkManifest(parts, project, key, record, facts, options.signal);
    if (diagnosis === undefined) continue;
    for (const finding of manifestFindings(project, diagnosis)) yield count(finding);
    summary.snapshots.push(stateOf(diagnosis, result.damage));
  }
  summary.contentsUnread = options.contents.unread;
  for (const finding of result.damage.findings()) yield count(finding);
  for await (const finding of checkObjects(parts, project, key, options.signal)) yield count(finding);
  for await (const finding of checkRest(parts, project, options, summary, watch)) yield count(finding);
  return result;
}

function emptyResult(project: string): CheckResult {
  const findings = { damage: 0, garbage: 0, note: 0 };
  const summary = { project, snapshots: [], packs: 0, packsRead: 0, contentsUnread: 0, findings };
  return { summary, damage: new Damage(), proven: new ChunkIdSet() };
}

/** What has no object: chunks without a pack, snapshots without a manifest; and whether all of this counts. */
async function* checkRest(
  { catalogue }: VaultParts,
  project: string,
  { expected = [] }: CheckOptions,
  summary: ProjectSummary,
  watch: RebuildWatch,
): AsyncGenerator<Finding> {
  const strays = await catalogue.countStrayChunks(project);
  const object = `vault.chunks of ${project}`;
  const message = `${strays} rows of chunks belong to packs that are not in the catalogue. Run a repair.`;
  if (strays > 0) yield { severity: 'damage', code: 'chunk-rows-stray', object, message };
  const published = new Set(summary.snapshots.map(({ snapshotId }) => snapshotId));
  for await (const snapshotId of expected) {
    if (published.has(snapshotId) || (await catalogue.findManifest(project, snapshotId)) !== null) continue;
    const message = `Snapshot ${snapshotId} should be in the vault but is not published there. Run a repair; if that does not bring it back, delete it.`;
    summary.snapshots.push({ snapshotId, state: 'damaged', reasons: [message] });
    yield {
      severity: 'damage',
      code: 'snapshot-unpublished',
      object: `vault.manifests of ${project}`,
      message,
      snapshotIds: [snapshotId],
    };
  }
  // Rows that were taken out for a rebuild have looked like damage, also when it has ended since.
  if (!(await watch.hasMet())) return;
  summary.inconclusive = true;
  yield rebuildUnfinished(project);
}

async function* keyIsLost(
  { catalogue }: VaultParts,
  project: string,
  finding: Finding,
  summary: ProjectSummary,
  count: (finding: Finding) => Finding,
): AsyncGenerator<Finding> {
  // With its own master key all of it may be whole.
  if (finding.code === 'key-wrong') summary.inconclusive = true;
  for await (const { snapshotId } of catalogue.manifestsOf(project)) {
    summary.snapshots.push({ snapshotId, state: 'damaged', reasons: [finding.message] });
  }
  yield count({ ...finding, snapshotIds: summary.snapshots.map(({ snapshotId }) => snapshotId) });
}

function rebuildUnfinished(project: string): Finding {
  return {
    severity: 'damage',
    code: 'rebuild-unfinished',
    object: `vault.rebuilds of ${project}`,
    message:
      'A rebuild of this catalogue is under way, has ended since this check began, or was interrupted. Wait for its end, or run it again; then check again.',
  };
}

function* manifestFindings(project: string, diagnosis: ManifestDiagnosis): Generator<Finding> {
  const { record, problems, readable, missing, unsecured, unreadable, example } = diagnosis;
  const { snapshotId, objectKey: object } = record;
  const snapshotIds = [snapshotId];
  for (const { code, message } of problems) {
    yield { severity: 'damage', code, object, message, ...(readable ? {} : { snapshotIds }) };
  }
  for (const [code, message] of contentProblems(diagnosis)) {
    yield { severity: 'damage', code, object, message, snapshotIds };
  }
  // What is wrong with the chunks' own rows is told with their pack.
  if (unsecured > 0 && missing === 0 && unreadable.size === 0) {
    const message = `${unsecured} chunks that the snapshot needs lie in packs that it is not said to need; a collection could take them. Run a repair.`;
    yield {
      severity: 'damage',
      code: 'manifest-references-wrong',
      object: `vault.manifest_packs of ${project}`,
      message,
    };
  }
  if (missing === 0) return;
  const message = missingChunks(missing, example);
  yield { severity: 'damage', code: 'chunk-missing', object: `vault.chunks of ${project}`, message, snapshotIds };
}

function contentProblems({ wrong, lost, lostBecause }: ManifestDiagnosis): [FindingCode, string][] {
  const problems: [FindingCode, string][] = [];
  if (wrong.count > 0) {
    problems.push([
      'content-wrong',
      `All chunks are whole, but together they are not what the manifest says of ${wrong}. Nothing mends that: take a new full snapshot, and delete this one.`,
    ]);
  }
  if (lost.count > 0) {
    problems.push([
      'content-unreadable',
      `Cannot be read: ${lost}. ${lostBecause} Run a repair, which reads all packs.`,
    ]);
  }
  return problems;
}

function stateOf(diagnosis: ManifestDiagnosis, damage: Damage): SnapshotState {
  const { record, problems, readable, missing, example, unreadable } = diagnosis;
  if (!isHurt(diagnosis)) return { snapshotId: record.snapshotId, state: 'whole', reasons: [] };
  const reasons = readable ? [] : problems.map(({ message }) => message);
  reasons.push(...contentProblems(diagnosis).map(([, message]) => message));
  if (missing > 0) reasons.push(missingChunks(missing, example));
  reasons.push(...damage.hurts(record.snapshotId, unreadable));
  return { snapshotId: record.snapshotId, state: 'damaged', reasons };
}

function missingChunks(missing: number, example = ''): string {
  return `${missing} chunks that the snapshot needs are not in the catalogue (one is ${example}). Run a repair, which looks for them in the packs.`;
}
