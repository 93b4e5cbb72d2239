import { type BigIntStats, chmodSync, lchownSync } from 'node:fs';
import { setMtime } from '../libc.js';
import { look } from './held-mount.js';

/** What the top directory itself is like in one state. */
export interface TopAttributes {
  uid: number;
  gid: number;
  mode: number;
  /** Decimal. */
  mtimeNs: string;
}

export function attributesOf({ uid, gid, mode, mtimeNs }: BigIntStats): TopAttributes {
  return { uid: Number(uid), gid: Number(gid), mode: Number(mode & 0o7777n), mtimeNs: String(mtimeNs) };
}

/** Only root can give directories away, and others may not own the mount point: what cannot be given stays. */
export function giveAttributes(directory: Buffer, { uid, gid, mode, mtimeNs }: TopAttributes): void {
  const self = process.geteuid?.() ?? -1;
  const stats = look(directory);
  if (stats === undefined || (self !== 0 && stats.uid !== BigInt(self))) return;
  if (self === 0) lchownSync(directory, uid, gid);
  // After that, which clears the set-id bits.
  chmodSync(directory, mode);
  setMtime(directory, BigInt(mtimeNs));
}
