import { createHmac, type KeyObject, sign } from 'node:crypto';
import { SECRET } from './app.js';

/** Claims that the service accepts; valid for an hour from now. */
export function claims(): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: 'snapback',
    aud: 'snapback',
    sub: 'ci@acme',
    org: 'acme',
    permissions: ['environments:read', 'environments:write', 'snapshots:read', 'snapshots:write'],
    iat: now,
    exp: now + 3600,
  };
}

/** A token as its issuer, or somebody who would like to be, makes it. */
export function token(
  changes: Record<string, unknown> = {},
  header: Record<string, unknown> = { alg: 'HS256' },
  key: string | KeyObject = SECRET,
): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${encode({ typ: 'JWT', ...header })}.${encode({ ...claims(), ...changes })}`;
  return `${signed}.${signature(String(header.alg), signed, key)}`;
}

function signature(algorithm: string, signed: string, key: string | KeyObject): string {
  if (algorithm === 'none') return '';
  if (typeof key === 'string') return createHmac('sha256', key).update(signed).digest('base64url');
  const how = algorithm === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' as const } : { key };
  return sign('sha256', Buffer.from(signed), how).toString('base64url');
}

export function bearer(text: string): { authorization: string } {
  return { authorization: `Bearer ${text}` };
}
