import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDatabase } from './database.js';
import { writeFiles } from './files.js';
import { dataKeyOf } from './keys.js';
import { readManifest } from './manifest.js';
import { Packs } from './packs.js';

/*
 * A reader of vaults in a directory that was written from docs/vault-format.md and has nothing of the project in it: what
 * it cannot do, that page does not say. It holds packs and manifests in memory whole; ours does not.
 *
 *     VAULT_MASTER_KEY=… main.ts VAULT PROJECT SNAPSHOT TARGET
 */
const [vault = '', project = '', snapshot = '', target = ''] = process.argv.slice(2);
const masterKey = Buffer.from(process.env['VAULT_MASTER_KEY'] ?? '', 'base64');

const dataKey = await dataKeyOf(vault, project, masterKey);
const lines = await readManifest(vault, project, snapshot, dataKey);
const packs = await Packs.of(vault, project, dataKey);
await mkdir(target);
await writeFiles(lines, packs, join(target, 'files'));
await writeDatabase(lines, packs, target);
