import { createHmac } from 'node:crypto';
import type { Grant } from '../permission.js';

export interface TokenRequest {
  secret: string;
  issuer: string;
  audience: string;
  subject: string;
  organization: string;
  permissions: readonly Grant[];
  /** Ids of the projects the token is limited to; null: all of the organization. */
  projects: readonly string[] | null;
  /** How long it is valid, in seconds. */
  lifetimeSeconds: number;
}

/** A token signed with HS256, valid from `now`, as the service accepts it. */
export function mintToken(request: TokenRequest, now: Date): string {
  const issuedAt = Math.floor(now.getTime() / 1000);
  const claims = {
    iss: request.issuer,
    aud: request.audience,
    sub: request.subject,
    org: request.organization,
    permissions: request.permissions,
    ...(request.projects === null ? {} : { projects: request.projects }),
    iat: issuedAt,
    exp: issuedAt + request.lifetimeSeconds,
  };
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', request.secret).update(signed).digest('base64url')}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
