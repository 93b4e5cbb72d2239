import type { Permission } from '../session/use-access.js';

/** What each permission allows. */
export const PERMISSION_WORDS: Record<Permission, string> = {
  'environments:read': 'See projects, environments, their protection, what runs, quotas and usage',
  'environments:write': 'Register, change and delete them, with their places and credentials',
  'snapshots:read': 'See snapshots, what is in them and whether they come back',
  'snapshots:write': 'Take, pin, verify, cancel and delete snapshots',
  'rollbacks:read': 'See rollbacks, and plan one',
  'rollbacks:write': 'Roll back, cancel that and undo it',
  'settings:read': 'See settings, schedules and what retention keeps',
  'settings:write': 'Change settings, schedules and retention',
  'deployments:read': 'See deployments and their gates',
  'deployments:write': 'Announce and finish deployments',
  'audit:read': 'See who did what, and what was refused',
  'webhooks:read': 'See webhooks, with their whole URLs, and what they were told',
  'webhooks:write': 'Create, change, test and delete webhooks, and change their secrets',
};

export const ALL_PERMISSIONS = Object.keys(PERMISSION_WORDS) as Permission[];

const viewer: readonly Permission[] = [
  'environments:read',
  'snapshots:read',
  'rollbacks:read',
  'settings:read',
  'deployments:read',
];
const deployer: readonly Permission[] = [...viewer, 'deployments:write', 'rollbacks:write'];
const operator: readonly Permission[] = [
  ...deployer,
  'snapshots:write',
  'settings:write',
  'audit:read',
  'webhooks:read',
];

/** Names for permissions that belong together, each with all of the one before it. A test holds them against those of the service. */
export const BUNDLES: readonly { name: string; isFor: string; holds: readonly Permission[] }[] = [
  { name: 'viewer', isFor: 'dashboards, and people who look', holds: viewer },
  { name: 'deployer', isFor: 'pipelines: the gate, and a rollback when they fail', holds: deployer },
  { name: 'operator', isFor: 'people who look after environments', holds: operator },
  { name: 'admin', isFor: 'who registers environments, and says who is told of them', holds: ALL_PERMISSIONS },
];

/** What is allowed, in as few words as it takes: the largest bundle that is held whole, and what there is besides. */
export function inBundles(permissions: readonly Permission[]): { bundle: string | undefined; besides: Permission[] } {
  const bundle = BUNDLES.findLast(({ holds }) => holds.every((permission) => permissions.includes(permission)));
  return { bundle: bundle?.name, besides: permissions.filter((one) => bundle?.holds.includes(one) !== true) };
}
