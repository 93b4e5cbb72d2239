import { chmod, lutimes, mkdir, open, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { describeTree } from '../harness/compare-trees.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { nothingIsLeft } from './leftovers.js';
import { rollBack, takeSnapshot } from './outcomes.js';

let service: TestService;
let client: Client;
let place: TestEnvironment;

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot);
});

afterAll(async () => {
  await nothingIsLeft([place]).finally(() => service.stop());
});

/** Everything a Linux directory may hold that programs tend to forget. */
async function writeOddFiles(root: string): Promise<void> {
  const at = (name: string | Buffer) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name)]);
  await writeFile(at('two\nlines\r\n'), 'a name with line breaks');
  await writeFile(at(Buffer.from([0xff, 0xfe, 0x2e, 0xe9])), 'a name that is not UTF-8');
  await writeFile(at('é'.repeat(127) + 'x'), 'a name of 255 bytes');
  await writeFile(at('-rf *;"$(id)\'\\'), 'a name that a shell would like');
  await writeFile(at('utf8:.. '), 'a name that looks like something else');
  await writeFile(at('tab\tand\u0001control'), 'control characters');
  await writeFile(join(root, 'old'), 'from the seventies');
  await utimes(join(root, 'old'), 1, 1);
  await writeFile(join(root, 'run.sh'), '#!/bin/sh\n', { mode: 0o755 });
  await chmod(join(root, 'run.sh'), 0o4751);

  await mkdir(join(root, 'hollow', 'and', 'nested'), { recursive: true });
  await mkdir(at(Buffer.from([0x64, 0x80, 0x0a])));
  await writeFile(at(Buffer.from([0x64, 0x80, 0x0a, 0x2f, 0x66])), 'in a directory that is not UTF-8');
  await mkdir(join(root, 'sticky'));
  await chmod(join(root, 'sticky'), 0o3770);

  await symlink('a.txt', join(root, 'link'));
  await symlink('../../outside/of it', join(root, 'outward'));
  await symlink('/etc', join(root, 'absolute'));
  await symlink(Buffer.from([0xc3, 0x28]), at('to-no-utf8'));
  await symlink('loop', join(root, 'loop'));
  await lutimes(join(root, 'loop'), 5, 5);

  const sparse = await open(join(root, 'sparse'), 'w');
  await sparse.write('the beginning');
  await sparse.write('the end', 40 * 1024 * 1024);
  await sparse.close();
  await writeFile(join(root, 'all-holes'), '');
  await truncate(join(root, 'all-holes'), 3 * 1024 * 1024 + 1);
  let deep = root;
  for (let level = 0; level < 12; level += 1) deep = join(deep, 'd'.repeat(200));
  await mkdir(deep, { recursive: true });
  await writeFile(join(deep, 'deep'), 'two thousand characters down');
}

describe('files of every kind', () => {
  it('come back as they were, to the name and the nanosecond', async () => {
    const { filestorePath, environment } = place;
    await writeOddFiles(filestorePath);
    const before = await describeTree(filestorePath);
    const snapshot = await takeSnapshot(client, environment.id);
    expect(snapshot.warnings).toEqual([]);
    expect(snapshot.fileCount).toBe(before.filter((line) => / file bytes=/.test(line)).length);

    await rm(filestorePath, { recursive: true });
    await mkdir(filestorePath, { mode: 0o700 });
    await writeFile(join(filestorePath, 'link'), 'not a link any more');
    const log = await rollBack(client, environment.id, { snapshotId: snapshot.id });
    expect(log).toMatchObject({ status: 'completed', warnings: [], failure: null });
    expect(await describeTree(filestorePath)).toEqual(before);
  });
});
