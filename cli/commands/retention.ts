import type { Command } from 'commander';
import type { RetentionDecision } from '../../sdk/typescript/index.js';
import type { Invocation } from '../invocation.js';
import { findEnvironment } from '../names/find-environment.js';
import type { Column } from '../output/table.js';
import { relativeTime } from '../output/words.js';
import { limitOption } from './options.js';

const COLUMNS: readonly Column<RetentionDecision>[] = [
  { title: 'snapshot', cell: ({ snapshotId }) => snapshotId.slice(0, 8) },
  { title: 'taken', cell: ({ createdAt }) => relativeTime(createdAt, Date.now()) },
  { title: 'decision', cell: ({ decision }) => decision },
  { title: 'why', cell: ({ reasons }) => (reasons ?? []).join('; ') },
];

export function addRetentionCommands(program: Command, run: Invocation): void {
  const retention = program.command('retention').description('What is deleted after its time, and why');

  retention
    .command('plan')
    .description('Show what would become of each snapshot now, and why')
    .addOption(limitOption())
    .action(async ({ limit }: { limit: number }) => {
      const { snapback } = await run.session();
      const environment = await findEnvironment(run);
      const pages = snapback.retention.plan(environment.id, { pageSize: 100 });
      await run.printer.pages(
        pages,
        limit,
        COLUMNS,
        ({ snapshotId }) => snapshotId,
        `${environment.name} has no snapshots.`,
      );
    });
}
