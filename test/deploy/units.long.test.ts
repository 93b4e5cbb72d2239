import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execute } from '../../scripts/toolchains/execute.js';
import { installDebianPackages } from '../corpus/debian-packages.js';
import { settingsOf, UNITS } from './units.js';

/** As a service looks to systemd-analyze; more of it is more exposed. */
const MOST_EXPOSED: Record<string, number> = { 'snapback-api.service': 20, 'snapback-worker@default.service': 25 };
const STARTED = ['snapback.target', 'snapback-api.service', 'snapback-worker@default.service'];

let root: string;
let installed: string;

/** A system with nothing but its own units, ours, and what these start. */
beforeAll(async () => {
  if (!existsSync('/usr/bin/systemd-analyze')) {
    const lacks = await installDebianPackages(['systemd']);
    if (lacks !== undefined) throw new Error(lacks);
  }
  root = mkdtempSync(join(tmpdir(), 'snapback-test-units-'));
  installed = join(root, 'etc/systemd/system');
  mkdirSync(join(root, 'usr/lib/systemd'), { recursive: true });
  symlinkSync('usr/lib', join(root, 'lib'));
  cpSync('/lib/systemd/system', join(root, 'usr/lib/systemd/system'), { recursive: true, verbatimSymlinks: true });
  mkdirSync(installed, { recursive: true });
  for (const file of ['snapback.target', 'snapback-api.service', 'snapback-worker@.service'])
    cpSync(join(UNITS, file), join(installed, file));
  symlinkSync('snapback-worker@.service', join(installed, 'snapback-worker@default.service'));
  const [command] = settingsOf('snapback-api.service').get('ExecStart')![0]!.split(' ');
  mkdirSync(join(root, command!, '..'), { recursive: true });
  writeFileSync(join(root, command!), '#!/bin/sh\n');
  chmodSync(join(root, command!), 0o755);
}, 600_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function verify(unit: string): Promise<string> {
  const run = ['systemd-analyze', 'verify', `--root=${root}`, '--man=no', '--recursive-errors=one', unit] as const;
  const { stdout, stderr } = await execute({ run });
  return `${stdout}${stderr}`;
}

describe('the units', () => {
  it.each(STARTED)('%s is what systemd knows', async (unit) => expect(await verify(unit)).toBe(''));

  it.each(Object.entries(MOST_EXPOSED))('%s is exposed no more than %d tenths of a point', async (unit, most) => {
    const options = ['--offline=true', `--root=${root}`, `--threshold=${most}`, '--no-pager'];
    const { stdout } = await execute({ run: ['systemd-analyze', 'security', ...options, unit] });
    expect(stdout).toContain('Overall exposure level');
  });

  it('are known with owners.conf, too, which takes root and leaves it four capabilities', async () => {
    mkdirSync(join(installed, 'snapback-worker@.service.d'));
    cpSync(join(UNITS, 'owners.conf'), join(installed, 'snapback-worker@.service.d', 'owners.conf'));
    expect(await verify('snapback-worker@default.service')).toBe('');
    expect(settingsOf('owners.conf').get('CapabilityBoundingSet')?.[0]?.split(' ')).toHaveLength(4);
  });

  it('would be seen to have a setting that systemd does not know', async () => {
    const path = join(installed, 'snapback-api.service');
    writeFileSync(path, readFileSync(path, 'utf8').replace('ProtectHome=yes', 'ProtectHomes=yes'));
    await expect(verify('snapback-api.service')).rejects.toThrow('ProtectHomes');
  });
});
