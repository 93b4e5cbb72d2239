import { collect } from '../collection/collect.js';
import { formatBytes } from '../collection/format-bytes.js';
import { CatalogueError } from '../catalogue/catalogue-error.js';
import { CheckedContents } from '../check/checked-contents.js';
import type { VaultParts } from '../check/check-parts.js';
import { runCheck, type CheckResult } from '../check/check-project.js';
import type { Finding, FindingCode, ProjectSummary } from '../check/finding.js';
import { ChunkIdSet } from '../chunking/chunk-id-set.js';
import { ProjectKeys } from '../keys/project-keys.js';
import { VaultObjects } from '../vault-objects.js';
import { needsRebuild } from './needs-rebuild.js';
import { rebuildCatalogue, type RebuildOptions } from './rebuild-catalogue.js';
import { salvage } from './salvage.js';

export interface RepairOptions extends RebuildOptions {
  /** The snapshots that somebody believes to be there; see `CheckOptions`. */
  expected?: Iterable<string>;
}

/** `found`: before anything was done. `done`: a sentence. `left`: what is still so at the end. */
export type RepairStep = { kind: 'found' | 'left'; finding: Finding } | { kind: 'done'; message: string };

export interface RepairReport {
  project: string;
  before: ProjectSummary;
  /** Which snapshots are damaged now, and why. */
  after: ProjectSummary;
}

const KEY_CODES: readonly FindingCode[] = ['key-missing', 'key-damaged', 'key-wrong'];

/**
 * Brings a project back to what its objects allow, and says exactly what is still damaged:
 *
 *   1. check, reading every byte;
 *   2. where the catalogue and the objects disagree, make the catalogue anew, and check what that has brought;
 *   3. copy what can be read out of damaged packs, and forget what cannot: captures store it again, and readers find it in
 *      another pack if there is one;
 *   4. when every published snapshot is whole, collect what is proven garbage, damaged packs included.
 *
 * While a published snapshot is damaged nothing is deleted, neither by this nor by a collection: a copy of a lost object, or a
 * capture of the same content, makes it whole again; or the snapshot is deleted. Killed at any point, it is run again. The
 * steps yielded come as they are made. Throws as `rebuildCatalogue()` and `collect()` do.
 */
export async function* repairProject(
  parts: VaultParts,
  project: string,
  options: RepairOptions,
): AsyncGenerator<RepairStep, RepairReport> {
  const found = new Set<FindingCode>();
  const proven = new ChunkIdSet();
  const contents = new CheckedContents(() => true);
  /** What was read to the last byte once is not read again. */
  const check = async function* (kind: 'found' | 'left' | 'silent'): AsyncGenerator<RepairStep, CheckResult> {
    const reads = (id: Buffer): boolean => !proven.has(id.toString('hex'));
    const { signal, expected = [] } = options;
    const findings = runCheck(parts, project, { signal, expected, reads, contents });
    for (;;) {
      const next = await findings.next();
      if (next.done === true) {
        for (const id of next.value.proven) proven.add(id);
        return next.value;
      }
      if (kind === 'found' && !(await isUnwanted(next.value, options))) found.add(next.value.code);
      if (kind !== 'silent') yield { kind, finding: next.value };
    }
  };

  let result = yield* check('found');
  const before = result.summary;
  if (KEY_CODES.some((code) => found.has(code))) return { project, before, after: before };

  if (needsRebuild(found)) {
    const { packs, chunks, saved, snapshots } = await rebuildCatalogue(parts, project, options);
    const counted = `${packs} packs, ${chunks} chunks, ${snapshots.length} snapshots`;
    yield done(`Made the catalogue anew: ${counted}; ${saved} chunks were saved from packs without an index.`);
    result = yield* check('silent');
  }
  const spoilt = result.damage.diagnoses().filter((diagnosis) => diagnosis.spoilt);
  if (spoilt.length > 0) {
    const { copied, givenUp } = await salvage(parts, project, spoilt, options.signal);
    yield done(
      `Copied ${copied} chunks out of ${spoilt.length} damaged packs and gave up ${givenUp} that cannot be read.`,
    );
    result = yield* check('silent');
  }
  yield* collectIfWhole(parts, project, options, result);
  const { summary: after } = yield* check('left');
  return { project, before, after };
}

async function* collectIfWhole(
  { backend, catalogue, masterKey }: VaultParts,
  project: string,
  { signal }: RepairOptions,
  { summary }: CheckResult,
): AsyncGenerator<RepairStep> {
  const damaged = summary.snapshots.filter(({ state }) => state === 'damaged').length;
  if (damaged > 0) {
    yield done(`Deleted nothing: ${damaged} snapshots are damaged, and what could mend them may be among the garbage.`);
    return;
  }
  const store = new VaultObjects(backend, catalogue, new ProjectKeys(backend, masterKey));
  try {
    const report = await collect(project, { catalogue, store, manifests: store, signal, exact: true });
    const { deletedPacks, deletedBytes, deletedManifests } = report;
    yield done(`Collected ${deletedPacks} packs (${formatBytes(deletedBytes)}) and ${deletedManifests} manifests.`);
  } catch (error) {
    if (!(error instanceof CatalogueError)) throw error;
    yield done(`Deleted nothing: ${error.message}`);
  }
}

/** A manifest of a snapshot that does not exist any more is garbage, not a reason for a rebuild. */
async function isUnwanted({ code, object }: Finding, { wanted }: RepairOptions): Promise<boolean> {
  const snapshotId = object.split('/').at(-2) ?? '';
  return code === 'manifest-unreferenced' && wanted !== undefined && !(await wanted(snapshotId));
}

function done(message: string): RepairStep {
  return { kind: 'done', message };
}
