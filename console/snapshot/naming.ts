import type { Environment, Snapshot } from '../../sdk/typescript/index.js';
import { toTheMinute } from '../ui/amounts.js';
import { shellWord, type Equivalent } from '../ui/equivalents.js';

/** Where a snapshot is, by the names that people gave; ids where nobody may know those. */
export interface Where {
  projectId: string;
  environmentId: string;
  projectName: string;
  environmentName: string;
  environmentType: Environment['type'] | undefined;
  zone: string;
}

/** What people call a snapshot: its label, or else when it was asked for. */
export function titleOf({ label, createdAt }: Pick<Snapshot, 'label' | 'createdAt'>, zone: string): string {
  return label ?? toTheMinute(new Date(createdAt), zone);
}

/** `snapback snapshot VERB ID --env project/name`; the id is what the command line takes for certain. */
export function commandOf(verb: string, snapshotId: string, where: Where, ...more: string[]): string {
  const env = shellWord(`${where.projectName}/${where.environmentName}`);
  return ['snapback snapshot', verb, snapshotId.slice(0, 8), '--env', env, ...more].join(' ');
}

export function pathOf({ environmentId, id }: Pick<Snapshot, 'environmentId' | 'id'>, below = ''): Equivalent['path'] {
  return `/environments/${environmentId}/snapshots/${id}${below}`;
}
