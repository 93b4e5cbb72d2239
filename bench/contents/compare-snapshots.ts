import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  snapshotCompare,
  snapshotDefinitionChangeList,
  snapshotFileChangeList,
  snapshotTableChangeList,
} from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { round } from '../comparison/summarise.js';
import { BenchEnvironment, type EnvironmentSource } from '../environment/environment.js';
import { RegisteredEnvironment } from '../environment/registered-environment.js';
import { ServiceProcess } from '../environment/service.js';
import { RESTIC_BACKUP, ResticRepository } from '../peers/restic-repository.js';
import type { BenchCase } from '../results.js';
import { timed } from './browse-folder.js';

/** The standard environment and its changed version. restic compares the files alone. */
export async function compareSnapshots(
  directory: string,
  source: EnvironmentSource,
  signal: AbortSignal,
): Promise<BenchCase[]> {
  await mkdir(directory);
  const environment = await BenchEnvironment.start(join(directory, 'environment'), source, signal);
  try {
    const restic = await ResticRepository.create(directory, signal);
    const service = await ServiceProcess.start(join(directory, 'service'), environment.filestore);
    try {
      const registered = await RegisteredEnvironment.create(service, environment);
      const before = await registered.snapshot('full');
      await restic.run([...RESTIC_BACKUP, '--tag', 'before', environment.filestore]);
      await environment.change();
      const after = await registered.snapshot();
      await restic.run([...RESTIC_BACKUP, '--tag', 'after', environment.filestore]);
      const told = JSON.parse(await restic.output(['snapshots', '--json'])) as { id: string }[];
      const ids = told.map(({ id }) => id);
      const [resticMs] = await timed(() => restic.run(['diff', ...ids]));
      const asked = {
        client: service.client,
        path: { environmentId: registered.environmentId, snapshotId: before.id },
        query: { with: after.id, limit: 100 },
      };
      const { with: other } = asked.query;
      const [firstMs] = await timed(() => result(snapshotCompare({ ...asked, query: { with: other } })));
      const [countMs, counts] = await timed(() => result(snapshotCompare({ ...asked, query: { with: other } })));
      const [definitionsMs] = await timed(() => result(snapshotDefinitionChangeList(asked)));
      const [tablesMs] = await timed(() => result(snapshotTableChangeList(asked)));
      const [filesMs] = await timed(() => result(snapshotFileChangeList(asked)));
      console.log(counts);
      return [
        {
          case: 'two snapshots, counted',
          ratio: round(resticMs / countMs),
          ms: round(countMs),
          firstMs: round(firstMs),
          resticMs: round(resticMs),
        },
        { case: 'their definitions', ratio: null, ms: round(definitionsMs) },
        { case: 'their tables', ratio: null, ms: round(tablesMs) },
        { case: 'their files', ratio: round(resticMs / filesMs), ms: round(filesMs), resticMs: round(resticMs) },
      ];
    } finally {
      await service.stop();
    }
  } finally {
    await environment.remove();
  }
}
