import type { Backend } from '../backend/backend.js';
import { VaultError } from '../vault-error.js';

/** What the first version stored: `<project>/objects/ab/<sha256>` and `<project>/manifests/<snapshot>.jsonl.zst`, and on the way there. */
const FIRST = [
  /^[a-z0-9-]{1,64}\/objects\/[0-9a-f]{2}\/[0-9a-f]{64}$/,
  /^[a-z0-9-]{1,64}\/manifests\/[a-z0-9-]{1,64}\.jsonl\.zst$/,
  /^[a-z0-9-]{1,64}\/(incoming|condemned)\/[a-z0-9-]{1,64}\//,
];

/** Looked at before the place is taken for something else: every object of a first vault matches. */
const LOOKED_AT = 100;

/** Throws `VaultError('vault-too-old')` where the vault of a Snapback before 0.2 lies. */
export async function refuseFirstFormat(backend: Backend): Promise<void> {
  let looked = 0;
  for await (const { key } of backend.list('')) {
    if (FIRST.some((pattern) => pattern.test(key))) {
      throw new VaultError(
        'vault-too-old',
        `Here lies a vault of Snapback 0.1 (there is ${key}), which this version cannot read. Give the vault an empty place and take new snapshots; keep the old one, with the old Snapback, for as long as its snapshots may be needed.`,
      );
    }
    looked += 1;
    if (looked === LOOKED_AT) return;
  }
}
