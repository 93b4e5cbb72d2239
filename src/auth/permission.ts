/** What a token can allow. The contract names one of these at each operation. */
export const PERMISSIONS = [
  'snapshots:read',
  'snapshots:write',
  'rollbacks:read',
  'rollbacks:write',
  'settings:read',
  'settings:write',
  'environments:read',
  'environments:write',
  'deployments:read',
  'deployments:write',
  'audit:read',
  'webhooks:read',
  'webhooks:write',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** Names for permissions that belong together; each holds all of the one before it. */
export const BUNDLES = ['viewer', 'deployer', 'operator', 'admin'] as const;

export type Bundle = (typeof BUNDLES)[number];

/** What the claim `permissions` may hold: single permissions and bundles. */
export type Grant = Permission | Bundle;

/** Who did what is not for everybody who may look; and whoever knows the URL of a webhook can often write there. */
const NOT_FOR_VIEWERS: readonly Permission[] = ['audit:read', 'webhooks:read'];

const viewer = PERMISSIONS.filter(
  (permission) => permission.endsWith(':read') && !NOT_FOR_VIEWERS.includes(permission),
);
// What a pipeline needs for the gate and for a rollback when it fails. It deletes no snapshot and changes no settings.
const deployer: readonly Permission[] = [...viewer, 'deployments:write', 'rollbacks:write'];
// What people who look after environments need. It cannot say where they are, or with whose credentials, nor who is told of them.
const operator: readonly Permission[] = [...deployer, 'snapshots:write', 'settings:write', ...NOT_FOR_VIEWERS];

const CONTENTS: Readonly<Record<Bundle, readonly Permission[]>> = { viewer, deployer, operator, admin: PERMISSIONS };

/** All that these words allow. Words this service does not know allow nothing: a token may be for other services too. */
export function expandGrants(words: readonly string[]): ReadonlySet<Permission> {
  return new Set(
    words.flatMap((word) => {
      if (isPermission(word)) return [word];
      return isBundle(word) ? CONTENTS[word] : [];
    }),
  );
}

export function isGrant(word: string): word is Grant {
  return isPermission(word) || isBundle(word);
}

export function isPermission(text: string): text is Permission {
  return (PERMISSIONS as readonly string[]).includes(text);
}

function isBundle(word: string): word is Bundle {
  return (BUNDLES as readonly string[]).includes(word);
}
