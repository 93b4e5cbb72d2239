import type { Environment, RollbackRequest } from '../../../sdk/typescript/index.js';
import { shellWord, type Equivalent } from '../../ui/equivalents.js';

interface Parties {
  projectName: string;
  source: Environment;
  target: Environment;
}

/** Both make a plan of their own; the command shows it and asks. */
export function rollbackEquivalent({ projectName, source, target }: Parties, request: RollbackRequest): Equivalent {
  const { snapshotId, createSafetySnapshot, targetEnvironmentId } = request;
  const words = [
    'snapback rollback run',
    snapshotId,
    `--env ${shellWord(`${projectName}/${source.name}`)}`,
    ...(targetEnvironmentId === undefined ? [] : [`--into ${shellWord(target.name)}`]),
    ...(createSafetySnapshot === false ? ['--no-safety-snapshot'] : []),
    '--wait',
  ];
  return { command: words.join(' '), method: 'POST', path: `/environments/${source.id}/rollback`, body: request };
}
