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
] as const;

export type Permission = (typeof PERMISSIONS)[number];

export function isPermission(text: string): text is Permission {
  return (PERMISSIONS as readonly string[]).includes(text);
}
