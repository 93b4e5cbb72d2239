import { errors } from '../errors/catalogue.js';
import { expandGrants, type Permission } from './permission.js';
import { expiryOf } from './verification/token-times.js';

/** Who asks, from the token and nothing else. */
export interface Caller {
  /** Who it is; recorded as `requestedBy`. */
  subject: string;
  /** The tenant. What belongs to another one does not exist for this caller. */
  organization: string;
  permissions: ReadonlySet<Permission>;
  /** Ids of the projects the token is limited to, in lower case; null: all of the organization. */
  projects: readonly string[] | null;
  /** When the token does; what goes on for longer than a request must end with it. */
  expiresAt: Date;
}

/** Longest `sub` and `org`, in characters: they are stored with everything the caller starts. */
const LONGEST_NAME = 200;

/** Whether the token reaches this project, given that the project is the caller's organization's. */
export function seesProject(caller: Caller, projectId: string): boolean {
  return caller.projects === null || caller.projects.includes(projectId.toLowerCase());
}

/**
 * Reads the claims of a token whose signature and issuer have been checked, which has the audience among its own and
 * is neither expired nor not valid yet.
 * Throws `Problem('unauthenticated')` when a claim is missing or has another form; nothing is guessed.
 */
export function toCaller(claims: unknown, now: Date): Caller {
  if (typeof claims !== 'object' || claims === null) throw errors.unauthenticated('The token holds no claims.');
  const { sub, org, aud, permissions, projects } = claims as Record<string, unknown>;
  // One of several is enough, but then all of them must be what they should be.
  if (typeof aud !== 'string') textsFrom('aud', aud);
  return {
    expiresAt: expiryOf(claims as Record<string, unknown>, now),
    subject: nameFrom('sub', sub),
    organization: nameFrom('org', org),
    permissions: permissions === undefined ? new Set() : expandGrants(textsFrom('permissions', permissions)),
    projects: projects === undefined ? null : textsFrom('projects', projects).map((id) => id.toLowerCase()),
  };
}

function nameFrom(claim: string, value: unknown): string {
  // PostgreSQL would store every half of a surrogate pair as the same character: two tenants would be one.
  const fits =
    typeof value === 'string' &&
    value !== '' &&
    value.length <= LONGEST_NAME &&
    !/\p{Cc}/u.test(value) &&
    value.isWellFormed();
  if (fits) return value;
  throw errors.unauthenticated(`The token's claim "${claim}" must be a text of 1 to ${LONGEST_NAME} characters.`);
}

function textsFrom(claim: string, value: unknown): string[] {
  if (Array.isArray(value) && value.every((item): item is string => typeof item === 'string')) return value;
  throw errors.unauthenticated(`The token's claim "${claim}" must be an array of texts.`);
}
