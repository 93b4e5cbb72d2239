import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getMetadataStorage } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { Configuration } from '../../src/config/configuration.js';
import { SERVICES, settingsOf, UNITS, variablesOf } from './units.js';

describe.each(SERVICES)('%s', (file) => {
  const settings = settingsOf(file);

  it('gives the process time to hand its work over, and does not end its programs before that', () => {
    const grace = Number(variablesOf(file)['SHUTDOWN_GRACE_SECONDS']);
    expect(Number(settings.get('TimeoutStopSec')?.[0])).toBeGreaterThan(grace + 20);
    expect(settings.get('KillMode')).toEqual(['mixed']);
  });

  it('tells it nothing that it does not know, and nothing secret', () => {
    const rules = getMetadataStorage().getTargetValidationMetadatas(Configuration, '', false, false);
    const known = new Set([...rules.map(({ propertyName }) => propertyName), 'NODE_ENV', 'METRICS_PORT']);
    const said = Object.keys(variablesOf(file));
    expect(said.filter((name) => !known.has(name))).toEqual([]);
    expect(said.filter((name) => /KEY$|SECRET|DATABASE_URL/.test(name))).toEqual([]);
  });

  it('forbids nothing that its work needs', () => {
    // V8 writes the code that it runs, and /proc/stat is looked at.
    for (const name of ['MemoryDenyWriteExecute', 'ProcSubset', 'RootDirectory', 'DynamicUser'])
      expect([name, settings.has(name)]).toEqual([name, false]);
    expect(settings.get('RestrictAddressFamilies')?.[0]?.split(' ')).toEqual(
      expect.arrayContaining(['AF_INET', 'AF_INET6', 'AF_UNIX', 'AF_NETLINK']),
    );
  });
});

it('a worker may give files their owners and modes again', () => {
  const settings = settingsOf('snapback-worker@.service');
  expect(['RestrictSUIDSGID', 'PrivateUsers', 'UMask'].filter((name) => settings.has(name))).toEqual([]);
  expect(settings.get('SystemCallFilter')).toEqual(['@system-service']);
});

it('variables that people fill in are those that the service reads', () => {
  const rules = getMetadataStorage().getTargetValidationMetadatas(Configuration, '', false, false);
  const known = new Set(rules.map(({ propertyName }) => propertyName));
  const example = readFileSync(join(UNITS, 'snapback.env.example'), 'utf8');
  const names = [...example.matchAll(/^([A-Z_0-9]+)=/gm)].map(([, name]) => name!);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
  expect(names).toContain('DATABASE_URL');
});
