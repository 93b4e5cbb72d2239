import { randomBytes } from 'node:crypto';
import { mkdir, open, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapshotDetails } from '../../sdk/typescript/generated/types.gen.js';
import { takeSnapshot } from '../e2e/outcomes.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestService } from '../harness/service.js';

/** Markup, a second line, an escape sequence of a terminal, and what turns the line. */
export const HOSTILE = '<img src=x onerror=alert(1)> two\nlines \u001b[31m\u202egpj.exe';
/** As people see it. */
export const HOSTILE_SEEN = '<img src=x onerror=alert(1)> two\\nlines \\x1b[31m\\u202egpj.exe';
/** The names of a directory and of a file in it, neither of them UTF-8. */
export const NO_UTF8 = [Buffer.from([0x62, 0xff]), Buffer.from([0xfe, 0x2e, 0x74])] as const;
export const PICTURE = randomBytes(300_000);
const MiB = 1024 * 1024;
/** Too large to be kept at once; and for a page that cannot write into files. Nearly all of them are holes. */
export const LARGE_BYTES = 70 * MiB;
export const HUGE_BYTES = 600 * MiB;

export interface ContentsSample {
  /** Below which its pages are. */
  address: string;
  snapshot: SnapshotDetails;
}

/** A real snapshot of a database and a filestore in which there is something to be found. */
export async function takeContents(service: TestService, type: 'staging' | 'production'): Promise<ContentsSample> {
  const client = service.client();
  const { environment, database, filestorePath } = await createTestEnvironment(client, service.filestoreRoot, {
    name: 'checkout',
    type,
  });
  await query(
    database.address,
    `CREATE SCHEMA shop; CREATE TABLE shop.orders (id int, placed_at date); CREATE TABLE shop."<b>odd\u202e" (id int);
     INSERT INTO shop.orders SELECT n, date '2026-01-01' FROM generate_series(1, 12345) n`,
  );
  await fill(filestorePath);
  await takeSnapshot(client, environment.id, { type: 'full' });
  await query(database.address, `UPDATE items SET name = 'other' WHERE id = 7`);
  const snapshot = await takeSnapshot(client, environment.id, { type: 'differential', label: 'before 17.0' });
  const address = `/projects/${environment.projectId}/environments/${environment.id}/snapshots/${snapshot.id}`;
  return { address, snapshot };
}

async function fill(root: string): Promise<void> {
  const inside = (...parts: readonly Buffer[]) =>
    Buffer.concat([Buffer.from(root), ...parts.flatMap((part) => [Buffer.from('/'), part])]);
  await mkdir(join(root, 'attachments', '2026'), { recursive: true });
  await writeFile(join(root, 'attachments', '2026', 'picture.png'), PICTURE);
  await writeFile(join(root, 'attachments', 'invoice 17.pdf'), 'invoice', { mode: 0o640 });
  await writeFile(join(root, HOSTILE), 'hostile');
  await symlink('../../outside', join(root, 'outward'));
  await mkdir(inside(NO_UTF8[0]));
  await writeFile(inside(...NO_UTF8), 'bytes');
  await mkdir(join(root, 'many'));
  for (let n = 0; n < 430; n += 1) await writeFile(join(root, 'many', `entry ${String(n).padStart(3, '0')}`), '');
  for (const [name, size] of [
    ['large.bin', LARGE_BYTES],
    ['huge.bin', HUGE_BYTES],
  ] as const) {
    const file = await open(join(root, name), 'w');
    await file.write('end', size - 3);
    await file.close();
  }
}
