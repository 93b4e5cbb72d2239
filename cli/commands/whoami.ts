import type { Command } from 'commander';
import type { CallerAccess } from '../../sdk/typescript/index.js';
import type { Invocation } from '../invocation.js';
import type { Property } from '../output/table.js';
import { known, relativeTime } from '../output/words.js';

export function addWhoamiCommand(program: Command, run: Invocation): void {
  program
    .command('whoami')
    .description('Show who you are for the service, what you may do, and until when')
    .action(async () => {
      const { snapback } = await run.session();
      const access = await snapback.access.view();
      run.printer.one(access, () => told(access), access.subject);
    });
}

function told({ subject, organization, permissions, projects, expiresAt }: CallerAccess): Property[] {
  return [
    ['subject', subject],
    ['organization', organization],
    ['permissions', known(permissions, (all) => all.join(', ') || 'none')],
    [
      'projects',
      projects === null
        ? 'all of the organization'
        : known(projects, (all) => all.map(({ name }) => name).join(', ') || 'none'),
    ],
    ['token ends', known(expiresAt, (at) => relativeTime(at, Date.now()))],
  ];
}
