import { createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const TAG_BYTES = 16;

/** The data key of a project, from its key file. */
export async function dataKeyOf(vault: string, project: string, masterKey: Buffer): Promise<Buffer> {
  const file = JSON.parse(await readFile(join(vault, 'projects', project, 'key.json'), 'utf8')) as Record<
    string,
    string
  >;
  const { format, masterKeyId = '', dataKeyId = '', wrapped = '' } = file;
  if (format !== 'snapback-project-key/1') throw new Error(`A key file of format ${format}.`);
  if (keyId('snapback master key 1', masterKey) !== masterKeyId) throw new Error('Wrapped by another master key.');
  const bound = JSON.stringify(['snapback wrapped key 1', project, masterKeyId, dataKeyId]);
  const bytes = Buffer.from(wrapped, 'base64');
  const dataKey = open(masterKey, bytes.subarray(0, 12), Buffer.from(bound), bytes.subarray(12));
  if (idOf(dataKey) !== dataKeyId) throw new Error('The key file holds another key than it says.');
  return dataKey;
}

export function idOf(dataKey: Buffer): string {
  return keyId('snapback data key 1', dataKey);
}

function keyId(label: string, key: Buffer): string {
  return createHash('sha256').update(label).update(Buffer.of(0)).update(key).digest('hex').slice(0, 16);
}

export function derive(dataKey: Buffer, salt: Buffer, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', dataKey, salt, info, 32));
}

/** AES-256-GCM, the tag behind the ciphertext. Throws for what was altered. */
export function open(key: Buffer, nonce: Buffer, additional: Buffer, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(additional).setAuthTag(sealed.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
}

/** What packs and sealed streams begin with. */
export interface Header {
  bytes: Buffer;
  salt: Buffer;
}

export const HEADER_BYTES = 52;

export function headerOf(object: Buffer, magic: string, dataKey: Buffer): Header {
  const bytes = object.subarray(0, HEADER_BYTES);
  if (bytes.toString('latin1', 0, 8) !== magic) throw new Error(`No ${magic}.`);
  if (bytes.readUInt32BE(8) !== 1) throw new Error(`A version of ${magic} that is not known.`);
  if (bytes.toString('hex', 12, 20) !== idOf(dataKey)) throw new Error('Written under another data key.');
  return { bytes, salt: bytes.subarray(20, 52) };
}
