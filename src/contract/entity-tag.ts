import { createHash } from 'node:crypto';
import { errors } from '../errors/catalogue.js';

/** What has tags of its own: it is changed by people, who may have read it a while ago. */
type Kind = 'environment' | 'settings' | 'webhook';

/**
 * The `ETag` of something that people change, as it is shown. `beside` is what is shown with it and nobody changes: it counts for
 * `If-None-Match`, not for `If-Match`.
 */
export function entityTag(shown: object, beside?: object): string {
  return `"${[shown, beside]
    .filter((part) => part !== undefined)
    .map(digestOf)
    .join('.')}"`;
}

/**
 * Throws `precondition-failed` unless `If-Match` names this version. Called under the lock that the change is made under.
 * Tags that a proxy has made weak, as some do when they compress, count too: it is the version that they name.
 */
export function requireMatch(ifMatch: string | undefined, kind: Kind, shown: unknown): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const version = digestOf(shown);
  const versions = [...ifMatch.matchAll(/(?:W\/)?"([^".]*)[^"]*"/g)].map(([, named]) => named);
  if (!versions.includes(version)) throw errors.preconditionFailed(kind);
}

/** Long enough that no two versions of one thing share it. */
function digestOf(shown: unknown): string {
  return createHash('sha256').update(JSON.stringify(shown)).digest('base64url').slice(0, 16);
}
