import type { VaultReader } from '../../../vault/vault.js';
import { identityOf, inodeOf } from '../../filestore/paths/directory-identity.js';
import { keptDirectoryName, isInMountPoint } from '../../filestore/paths/enclosure.js';
import { tamperedWith } from '../../filestore/paths/held-path.js';
import { stagedDirectoryOf } from '../../filestore/paths/states-place.js';
import { isSettled, sealOf } from '../../filestore/scan/tree-seal.js';
import { NeutralizedFiles } from '../../filestore/neutralizing/neutralize-rules.js';
import { withContents } from '../../filestore/neutralizing/with-contents.js';
import { contentsOf } from '../../filestore/staging/content-source.js';
import { stageFilestore } from '../../filestore/staging/stage-filestore.js';
import { noteTop } from '../../filestore/swap/top-of-mount.js';
import { verifyFilestore } from '../../filestore/staging/verify-filestore.js';
import { inPhase, type WorkContext } from '../../progress.js';
import { noteFiles } from '../notes/note-files.js';
import { runTogether } from '../../concurrency/run-together.js';
import { discardStaged } from './discard.js';
import { asDamage, filestoreEntries, requireParts, surveyManifest } from '../compare/manifest-survey.js';
import { stageDatabase } from './stage-database.js';
import type { StageRequest } from './stage-request.js';
import type { Staged, StagedDatabase, StagedFilestore } from './staged.js';
import { StagingProgress } from './staging-progress.js';

/**
 * Rebuilds a snapshot beside the live database and directory, which it does not touch: rows and files side by side,
 * since an index is mostly the server's processor and files are mostly the disk. On failure or abort what it made is
 * removed again, as far as that is possible.
 *
 * Rejects with an `EngineError` (`snapshot-damaged` for everything that is wrong with the snapshot
 * itself), or with `signal.reason`.
 */
export async function stage(request: StageRequest, vault: VaultReader, context: WorkContext): Promise<Staged> {
  const staged: Staged = { attemptId: request.attemptId };
  try {
    context.progress.report({ phase: 'prepare', message: 'Reading the manifest.' });
    const survey = await surveyManifest(vault, request.project, request.snapshotId);
    requireParts(request, survey);
    const progress = new StagingProgress(context.progress, { hasDatabase: request.database !== undefined });
    await runTogether(context.signal, [
      async (signal) => {
        if (!request.database || !survey.database) return;
        const watched = { signal, progress: progress.database };
        const { database: target } = request;
        const { database: captured } = survey;
        const announce = (database: StagedDatabase) => void (staged.database = database);
        const build = () => stageDatabase(request, target, captured, vault, watched, announce);
        const warnings = await inPhase('stage-database', build, () => ({ 'snapback.bytes': captured.dataBytes }));
        if (warnings.length > 0) staged.warnings = warnings;
        progress.databaseIsDone();
      },
      async (signal) => {
        const { filestore: target } = request;
        const { filestore: captured } = survey;
        if (!target || !captured) return;
        const watched = { signal, progress: progress.filestore };
        const build = async () => {
          const filestore = await stageDirectory(request, target, captured, vault, watched);
          staged.filestore = filestore;
          // What cannot be exchanged is said before anything is touched.
          if (isInMountPoint(filestore.stagedPath)) await noteTop(filestore.stagedPath, filestore);
          const seal = target.seal ? await sealSettled(filestore, signal) : undefined;
          if (target.compare) await compareDirectory(filestore, request, vault, watched);
          // Within the seals, where there are some: what is noted is what was compared.
          if (request.notes) await noteFiles(filestore.stagedPath, request.notes, signal);
          if (seal !== undefined) await requireSeal(filestore, seal, signal);
        };
        const { files, bytes } = captured;
        await inPhase('stage-filestore', build, () => ({ 'snapback.files': files, 'snapback.bytes': bytes }));
      },
    ]);
    context.signal.throwIfAborted();
    return staged;
  } catch (error) {
    await discardStaged(staged);
    context.signal.throwIfAborted();
    throw asDamage(error);
  }
}

async function stageDirectory(
  request: StageRequest,
  { path: livePath, inode, reuseLive = true, neutralizePaths }: NonNullable<StageRequest['filestore']>,
  totals: { files: number; bytes: number },
  vault: VaultReader,
  context: WorkContext,
): Promise<StagedFilestore> {
  const liveInode = await identityOf(livePath);
  if (inode !== undefined && inodeOf(liveInode) !== inode)
    throw tamperedWith(livePath, 'which was to be replaced, is another one than when it was looked at');
  const { createdAt } = await vault.readHeader(request.project, request.snapshotId);
  const stagedPath = await stagedDirectoryOf(livePath, request.attemptId);
  const neutralizing = neutralizePaths && new NeutralizedFiles(neutralizePaths);
  const entries = filestoreEntries(vault, request.project, request.snapshotId);
  const contents = contentsOf(vault, request.project);
  const { inode: stagedInode, ...result } = await stageFilestore(
    {
      directory: stagedPath,
      entries: neutralizing?.entries(entries) ?? entries,
      contents: neutralizing ? withContents(contents, neutralizing.contents) : contents,
      ...(reuseLive && { live: { path: livePath, capturedAt: new Date(createdAt) } }),
    },
    {
      signal: context.signal,
      progress: {
        report: (update) => context.progress.report({ ...update, filesTotal: totals.files, bytesTotal: totals.bytes }),
      },
    },
  );
  const keptPath = keptDirectoryName(stagedPath);
  const neutralized = neutralizing && { neutralized: neutralizing.counts };
  return { livePath, stagedPath, keptPath, liveInode, stagedInode, ...result, ...neutralized };
}

async function sealSettled({ stagedPath }: StagedFilestore, signal: AbortSignal): Promise<string> {
  await isSettled(signal);
  return sealOf(stagedPath, signal);
}

/** What was compared is what was sealed. */
async function requireSeal(filestore: StagedFilestore, seal: string, signal: AbortSignal): Promise<void> {
  if ((await sealOf(filestore.stagedPath, signal, seal)) !== seal)
    throw tamperedWith(filestore.stagedPath, 'which was built, was changed while it was compared');
  filestore.seal = seal;
}

async function compareDirectory(
  { stagedPath, stagedInode }: StagedFilestore,
  { project, snapshotId, filestore }: StageRequest,
  vault: VaultReader,
  { signal, progress }: WorkContext,
): Promise<void> {
  // It is told as the phase it belongs to: whoever watches is in the middle of staging.
  const told: WorkContext = {
    signal,
    progress: { report: (update) => progress.report({ ...update, phase: 'stage-filestore' }) },
  };
  const captured = filestoreEntries(vault, project, snapshotId);
  const rules = filestore?.neutralizePaths;
  const entries = rules === undefined ? captured : new NeutralizedFiles(rules).entries(captured);
  await verifyFilestore(stagedPath, entries, told, stagedInode);
}
