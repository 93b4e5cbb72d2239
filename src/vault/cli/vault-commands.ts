import { allProjects, checkOutside } from '../check/check-vault.js';
import { checkProject } from '../check/check-project.js';
import { collect, previewCollection } from '../collection/collect.js';
import { describePlan } from '../collection/describe-plan.js';
import { removeUnfinished } from '../collection/remove-unfinished.js';
import { formatBytes } from '../collection/format-bytes.js';
import { deleteSnapshot } from '../collection/delete-snapshot.js';
import { MasterKey } from '../keys/master-key.js';
import { rotateProjectKeys } from '../keys/rotate-project-keys.js';
import { ProjectKeys } from '../keys/project-keys.js';
import { rebuildCatalogue } from '../repair/rebuild-catalogue.js';
import { repairFormat } from '../repair/repair-format.js';
import { repairProject } from '../repair/repair-project.js';
import { VaultObjects } from '../vault-objects.js';
import { type Output, workOf } from './output.js';
import { CommandError, type VaultTools } from './vault-tools.js';
import type { CatalogueCommandName, VaultArguments } from './vault-arguments.js';

type Command = (access: VaultTools, args: VaultArguments, out: Output, signal: AbortSignal) => Promise<void>;

/** What each command does that needs the catalogue. Damage is told to `out`, which knows the exit status. */
export const COMMANDS: Record<CatalogueCommandName, Command> = {
  check: async (access, { project, readPercent }, out, signal) => {
    if (project === undefined) for await (const finding of checkOutside(access.backend)) out.finding(finding);
    for (const each of await projectsOf(access, project)) {
      const expected = (await access.expected?.(each)) ?? [];
      const check = checkProject(access, each, { signal, readPercent, expected });
      let next = await check.next();
      for (; next.done !== true; next = await check.next()) out.finding(next.value);
      out.summary(next.value);
      await access.checked?.(next.value);
    }
    out.verdict();
  },

  repair: async (access, { project }, out, signal) => {
    const written = await repairFormat(access.backend);
    if (written !== undefined) out.done(written);
    for (const each of await projectsOf(access, project)) {
      const expected = (await access.expected?.(each)) ?? [];
      const repair = repairProject(access, each, { signal, expected });
      let next = await repair.next();
      for (; next.done !== true; next = await repair.next()) out.step(next.value);
      out.summary(next.value.after);
      await access.checked?.(next.value.after);
    }
    out.verdict();
  },

  rebuild: async (access, { project }, out, signal) => {
    for (const each of await projectsOf(access, project)) {
      const report = await rebuildCatalogue(access, each, { signal });
      for (const { key, message } of report.unreadablePacks) out.failure(`${key}: ${message} It was left as it is.`);
      for (const { snapshotId, state, objectKey } of report.snapshots) {
        if (state === 'damaged') out.failure(`Snapshot ${snapshotId} is damaged (${objectKey}).`);
      }
      const { packs, chunks, snapshots } = report;
      out.done(`Project ${each}: ${packs} packs, ${chunks} chunks, ${snapshots.length} snapshots.`);
    }
  },

  collect: async (access, { project, plan }, out, signal) => {
    const { backend, catalogue, masterKey } = access;
    const store = new VaultObjects(backend, catalogue, new ProjectKeys(backend, masterKey));
    for (const each of await projectsOf(access, project)) {
      // Whoever asks by hand wants all of it, and to be told of a manifest that cannot be read.
      const options = { catalogue, store, manifests: store, signal, exact: true };
      out.done(`Project ${each}:`);
      if (plan) {
        for (const line of describePlan(await previewCollection(each, options))) out.done(line);
        continue;
      }
      const report = await collect(each, options);
      const { deletedPacks, deletedBytes, writtenPacks, deletedManifests, waitingPacks, lockedPacks } = report;
      out.done(
        `Deleted ${deletedPacks} packs (${formatBytes(deletedBytes)}) and ${deletedManifests} manifests, wrote ${writtenPacks} packs; ${waitingPacks} wait for captures under way.`,
      );
      if (lockedPacks > 0)
        out.done(`${lockedPacks} packs that nobody needs are locked by the store, and stay until then.`);
    }
    if (!plan) await removeUnfinished(backend);
  },

  drop: async ({ catalogue, backend }, { project = '', snapshot = '' }, out) => {
    const { published, locked } = await deleteSnapshot(backend, catalogue, project, snapshot);
    for (const { key, until } of locked) {
      out.failure(
        `The store keeps ${key} until ${until.toISOString()}; a rebuild before then brings the snapshot back.`,
      );
    }
    if (published) {
      out.done(`Snapshot ${snapshot} is gone. A collection frees what only it needed.`);
    } else if (locked.length === 0) out.failure(`Snapshot ${snapshot} is not published in project ${project}.`);
  },

  'rotate-key': async ({ backend, masterKey }, { newKeyFile = '' }, out, signal) => {
    const to = await MasterKey.fromFile(newKeyFile);
    const { rotated, already, failed } = await rotateProjectKeys(backend, masterKey, to, { signal });
    for (const { project, message } of failed) out.failure(`Project ${project} was left: ${message}`);
    out.done(`${rotated.length} keys were wrapped by master key ${to.id}, ${already.length} were before.`);
    out.done(
      'Give all processes the new key, then run this once more; keep the old key until it says that none is left.',
    );
  },

  import: async ({ importAll }, _args, out, signal) => {
    if (importAll === undefined) throw new CommandError('This program knows no service whose rows it could make.');
    await importAll(workOf(out, signal));
  },
};

async function projectsOf(access: VaultTools, project: string | undefined): Promise<string[]> {
  return project === undefined ? await allProjects(access) : [project];
}
