import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { errors } from '../errors/catalogue.js';

/** How long a key is remembered. */
export const IDEMPOTENCY_HOURS = 24;

/** One request that must not start its work twice. Without a key every request is a new one. */
export interface IdempotentRequest {
  organization: string;
  /** The operation id. */
  operation: string;
  key: string | undefined;
  /** Everything that makes it this request: path and body. */
  request: unknown;
}

interface KeyRow {
  fingerprint: string;
  resource_id: string;
}

/**
 * What an earlier request with this key started, or null. For requests that look around before they
 * begin: what they would find may have changed because of the earlier one.
 */
export async function earlierResource(manager: EntityManager, request: IdempotentRequest): Promise<string | null> {
  if (request.key === undefined) return null;
  const rows: KeyRow[] = await manager.query(
    `SELECT fingerprint, resource_id FROM idempotency_keys WHERE organization = $1 AND operation = $2 AND key = $3
        AND created_at >= now() - make_interval(hours => ${IDEMPOTENCY_HOURS})`,
    [request.organization, request.operation, request.key],
  );
  const earlier = rows[0];
  if (earlier === undefined) return null;
  if (earlier.fingerprint !== fingerprintOf(request.request)) throw errors.idempotencyKeyReused();
  return earlier.resource_id;
}

/**
 * Claims the key for `resourceId` inside the transaction that creates the resource, so that neither
 * can exist without the other. A second request with the same key waits here until the first has
 * committed. Returns the id of what an earlier request with this key started, or null when this one
 * is the first. Throws `idempotency-key-reused` when the key was sent with another request.
 */
export async function claimIdempotencyKey(
  manager: EntityManager,
  request: IdempotentRequest,
  resourceId: string,
): Promise<string | null> {
  if (request.key === undefined) return null;
  const id = [request.organization, request.operation, request.key];
  await manager.query(
    `DELETE FROM idempotency_keys WHERE organization = $1 AND operation = $2 AND key = $3
       AND created_at < now() - make_interval(hours => ${IDEMPOTENCY_HOURS})`,
    id,
  );
  const claimed: unknown[] = await manager.query(
    `INSERT INTO idempotency_keys (organization, operation, key, fingerprint, resource_id)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING resource_id`,
    [...id, fingerprintOf(request.request), resourceId],
  );
  if (claimed.length > 0) return null;
  const earlier = await earlierResource(manager, request);
  if (earlier === null) throw errors.serviceUnavailable('The idempotency key is being released.');
  return earlier;
}

/** The order in which the properties of a request stand does not make it another one. */
function fingerprintOf(request: unknown): string {
  return createHash('sha256').update(JSON.stringify(request, inOrder)).digest('hex');
}

function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
