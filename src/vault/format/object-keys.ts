import { randomUUID } from 'node:crypto';

/** Where everything lies in the backend. Ids are lower-case UUIDs or hashes: no key can leave its project. */
export const FORMAT_KEY = 'format.json';

/** Below it lies what is stored only to see whether the store works, for a moment. */
export const PROBES_PREFIX = 'probe/';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A name that nobody else has. */
export function newProbeKey(): string {
  return `${PROBES_PREFIX}${randomUUID()}`;
}

export function projectPrefix(project: string): string {
  return `projects/${uuid(project)}/`;
}

export function projectKeyFile(project: string): string {
  return `${projectPrefix(project)}key.json`;
}

export function packsPrefix(project: string): string {
  return `${projectPrefix(project)}packs/`;
}

/** `packId` in hexadecimal. In 256 groups: a directory of a hundred thousand files is slow on some file systems. */
export function packKey(project: string, packId: string): string {
  return `${packsPrefix(project)}${packId.slice(0, 2)}/${packId}`;
}

export function manifestsPrefix(project: string): string {
  return `${projectPrefix(project)}manifests/`;
}

/** All attempts at one snapshot. */
export function attemptsPrefix(project: string, snapshotId: string): string {
  return `${manifestsPrefix(project)}${uuid(snapshotId)}/`;
}

/** Every attempt at a snapshot has an object of its own; the catalogue says which of them counts. */
export function manifestKey(project: string, snapshotId: string, captureId: string): string {
  return `${attemptsPrefix(project, snapshotId)}${uuid(captureId)}`;
}

export function listingsPrefix(project: string): string {
  return `${projectPrefix(project)}listings/`;
}

/** Of the listing that belongs to the manifest with this key. */
export function listingKeyOf(objectKey: string): string {
  return objectKey.replace('/manifests/', '/listings/');
}

/** What is deleted with a manifest, and it: the listing first, for who comes upon one without its manifest has to ask whether it is needed. */
export function withListing(objectKey: string): string[] {
  return [listingKeyOf(objectKey), objectKey];
}

/** The reverse of `listingKeyOf`. */
export function manifestKeyOf(listingKey: string): string {
  return listingKey.replace('/listings/', '/manifests/');
}

function uuid(id: string): string {
  if (!UUID.test(id)) throw new TypeError(`"${id}" is no lower-case UUID.`);
  return id;
}

/** What an object is, by its key alone. */
export type ObjectName =
  | { kind: 'format' }
  | { kind: 'probe' }
  | { kind: 'key'; project: string }
  | { kind: 'pack'; project: string; packId: string }
  | { kind: 'manifest'; project: string; snapshotId: string; captureId: string }
  | { kind: 'listing'; project: string; snapshotId: string; captureId: string }
  | { kind: 'stray' };

const PACK_ID = /^[0-9a-f]{64}$/;

/** The reverse of the functions above: `stray` is a key that none of them makes. */
export function nameOf(key: string): ObjectName {
  if (key === FORMAT_KEY) return { kind: 'format' };
  if (key.startsWith(PROBES_PREFIX) && UUID.test(key.slice(PROBES_PREFIX.length))) return { kind: 'probe' };
  const [root, project = '', folder = '', group = '', name = '', ...more] = key.split('/');
  if (root !== 'projects' || !UUID.test(project) || more.length > 0) return { kind: 'stray' };
  if (key === projectKeyFile(project)) return { kind: 'key', project };
  if (folder === 'packs' && PACK_ID.test(name) && group === name.slice(0, 2)) {
    return { kind: 'pack', project, packId: name };
  }
  if ((folder === 'manifests' || folder === 'listings') && UUID.test(group) && UUID.test(name)) {
    const kind = folder === 'manifests' ? 'manifest' : 'listing';
    return { kind, project, snapshotId: group, captureId: name };
  }
  return { kind: 'stray' };
}
