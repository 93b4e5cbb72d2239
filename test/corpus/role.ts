/** As whom the service logs in. `owner`: no superuser, may create databases. */
export const ROLES = ['owner', 'superuser'] as const;
export type Role = (typeof ROLES)[number];
