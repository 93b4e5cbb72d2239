import type { Command } from 'commander';
import { Option } from 'commander';
import type { Deployment } from '../../../sdk/typescript/index.js';
import type { Invocation } from '../../invocation.js';
import { findEnvironment } from '../../names/find-environment.js';
import type { Column } from '../../output/table.js';
import { known, relativeTime, seconds } from '../../output/words.js';
import { addAnnounceOptions, announce, passGate } from './deploy-gate.js';
import type { AnnounceOptions } from './deploy-gate.js';
import { addDeployFinishCommand } from './deploy-finish.js';
import { addDeployRunCommand } from './deploy-run.js';
import { DEPLOYMENT_NAMES, findDeployment } from './find-deployment.js';
import { limitOption } from '../options.js';

const COLUMNS: readonly Column<Deployment>[] = [
  { title: 'id', cell: ({ id }) => id.slice(0, 8) },
  { title: 'announced', cell: ({ createdAt }) => relativeTime(createdAt, Date.now()) },
  { title: 'kind', cell: ({ kind }) => kind, dropFirst: 3 },
  { title: 'version', cell: ({ version }) => version },
  { title: 'status', cell: ({ status }) => status },
  { title: 'gate', cell: ({ gate }) => gate, dropFirst: 2 },
  { title: 'snapshot', cell: ({ snapshotId }) => snapshotId?.slice(0, 8), dropFirst: 1 },
  { title: 'by', cell: ({ requestedBy }) => requestedBy, dropFirst: 4 },
];

interface ListOptions {
  limit: number;
  kind?: 'deploy' | 'rollback';
}

export function addDeployCommands(program: Command, run: Invocation): void {
  const deploy = program
    .command('deploy')
    .description('Deployments: the gate that a pipeline passes before it changes an environment');
  addDeployRunCommand(deploy, run);

  addAnnounceOptions(
    deploy.command('gate').description('Announce a deployment, and end when its gate is open (0) or closed (4)'),
  ).action(async (options: AnnounceOptions) => {
    const environment = await findEnvironment(run);
    const deployment = await passGate(run, environment, await announce(run, environment, options));
    run.printer.done(deployment, `The gate is open: ${deployment.gateReason ?? ''} (${deployment.id})`, deployment.id);
    run.printer.note(`Say how it went: snapback deploy finish ${deployment.id} --succeeded (or --failed)`);
  });

  addDeployFinishCommand(deploy, run);

  deploy
    .command('list')
    .description('List the deployments and rollbacks of the environment, newest first')
    .addOption(limitOption())
    .addOption(new Option('--kind <kind>', 'only those').choices(['deploy', 'rollback']))
    .action(async ({ limit, kind }: ListOptions) => {
      const { snapback } = await run.session();
      const environment = await findEnvironment(run);
      const pages = snapback.deployments.list(environment.id, kind === undefined ? {} : { kind }, { pageSize: 100 });
      await run.printer.pages(
        pages,
        limit,
        COLUMNS,
        ({ id }) => id,
        `Nothing was deployed to ${environment.name} by way of Snapback.`,
      );
    });

  deploy
    .command('show')
    .description('Show a deployment, and how quickly it could be taken back')
    .argument('<deployment>', DEPLOYMENT_NAMES)
    .action(async (asked: string) => {
      const { snapback } = await run.session();
      const found = await snapback.deployments.view(await findDeployment(run, asked));
      const { rollback } = found;
      run.printer.one(
        found,
        () => [
          ['id', found.id],
          ['kind', found.kind],
          ['version', found.version],
          ['status', found.status],
          ['gate', known(found.gate, (gate) => `${gate}: ${found.gateReason ?? ''}`)],
          ['snapshot', found.snapshotId ?? 'none'],
          [
            'rollback',
            known(rollback, ({ ready, expectedSeconds }) =>
              [ready ? 'stands ready' : undefined, known(expectedSeconds, (time) => `about ${seconds(time)}`)]
                .filter(Boolean)
                .join(', '),
            ),
          ],
          ['rolled back by', found.rollbackDeploymentId],
          ['asked for by', found.requestedBy],
          ['announced', found.createdAt],
          ['ended', found.finishedAt],
        ],
        found.id,
      );
    });
}
