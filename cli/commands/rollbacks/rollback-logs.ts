import type { Command } from 'commander';
import type { RollbackLog } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { findEnvironment } from '../../names/find-environment.js';
import type { Column, Property } from '../../output/table.js';
import { finding, known, relativeTime, seconds } from '../../output/words.js';
import { findRollback } from './find-rollback.js';
import { limitOption } from '../options.js';

const COLUMNS: readonly Column<RollbackLog>[] = [
  { title: 'id', cell: ({ deploymentId }) => deploymentId.slice(0, 8) },
  { title: 'asked for', cell: ({ createdAt }) => relativeTime(createdAt, Date.now()) },
  { title: 'status', cell: ({ status }) => status },
  { title: 'snapshot', cell: ({ snapshotId }) => snapshotId?.slice(0, 8) ?? 'deleted', dropFirst: 2 },
  {
    title: 'down',
    cell: ({ downtimeMs }) => known(downtimeMs, (ms) => `${ms} ms`),
    right: true,
    dropFirst: 3,
  },
  {
    title: 'took',
    cell: ({ durationMs }) => known(durationMs, (ms) => seconds(ms / 1000)),
    right: true,
    dropFirst: 4,
  },
  {
    title: 'undo until',
    cell: ({ undoableUntil }) => known(undoableUntil, (until) => relativeTime(until, Date.now())),
    dropFirst: 1,
  },
  { title: 'by', cell: ({ requestedBy }) => requestedBy, dropFirst: 5 },
];

export function addRollbackLogsCommand(rollback: Command, run: Invocation): void {
  rollback
    .command('logs')
    .description('List the rollbacks of the environment, or show one of them')
    .argument('[rollback]', 'its id, or the beginning of it')
    .addOption(limitOption())
    .action(async (asked: string | undefined, { limit }: { limit: number }) => {
      const { snapback } = await run.session();
      const environment = await findEnvironment(run);
      if (asked !== undefined) {
        const log = await findRollback(run, environment, asked);
        run.printer.one(log, () => told(log), log.deploymentId);
        return;
      }
      const pages = snapback.rollbacks.list(environment.id, { pageSize: 100 });
      await run.printer.pages(
        pages,
        limit,
        COLUMNS,
        ({ deploymentId }) => deploymentId,
        `${environment.name} was never rolled back.`,
      );
    });
}

function told(log: RollbackLog): Property[] {
  return [
    ['id', log.deploymentId],
    ['status', log.status],
    ['failure', known(log.failure, finding)],
    ['snapshot', log.snapshotId ?? 'deleted'],
    ['undo of', log.undoOf],
    ['undone by', log.undoneBy],
    ['asked for by', log.requestedBy],
    ['asked for', log.createdAt],
    ['down', known(log.downtimeMs, (ms) => `${ms} ms`)],
    ['took', known(log.durationMs, (ms) => seconds(ms / 1000))],
    ['undo until', log.undoableUntil ?? 'not any more'],
    ['safety snapshot', known(log.safetySnapshotId, (id) => `${id} (${log.safetySnapshotStatus ?? ''})`) ?? 'none'],
    ...(log.steps ?? []).map(({ name, status, detail }): Property => [`  ${name}`, detail ?? status]),
    ...(log.warnings ?? []).map((each): Property => ['warning', finding(each)]),
  ];
}
