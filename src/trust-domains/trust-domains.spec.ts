import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Configuration } from '../config/configuration.js';
import { TrustDomains } from './trust-domains.js';

const scratch = mkdtempSync(join(tmpdir(), 'snapback-places-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let files = 0;
function listing(organizations: unknown): string {
  const path = join(scratch, `${(files += 1)}.yaml`);
  writeFileSync(path, typeof organizations === 'string' ? organizations : JSON.stringify({ organizations }));
  return path;
}

const domains = (changes: Partial<Configuration>) => TrustDomains.of(Object.assign(new Configuration(), changes));
const multiple = (changes: Partial<Configuration> = {}) => domains({ TENANCY: 'multiple', ...changes });

describe('one organization', () => {
  it('has everything that is configured, and nobody else is let in', () => {
    const single = domains({ ORGANIZATION: 'acme', FILESTORE_ROOTS: ['/srv'], HOOK_COMMANDS: ['pause=/bin/pause'] });
    expect(single.admits('acme')).toBe(true);
    expect(['Acme', 'default', 'rival', ''].some((other) => single.admits(other))).toBe(false);
    expect(single.placesOf('acme').filestoreRoots).toEqual(['/srv']);
    expect(single.placesOf('acme').hookCommands).toEqual(new Map([['pause', '/bin/pause']]));
    expect(single.placesOf('rival')).toMatchObject({
      ...{ filestoreRoots: [], databaseHosts: [], hookHosts: [], webhookHosts: [] },
    });
    expect(single.placesOf('rival').mayRead('ENVIRONMENT_ACME')).toBe(false);
  });

  it('is called "default" unless told', () => {
    expect(domains({}).admits('default')).toBe(true);
    expect(domains({}).admits('acme')).toBe(false);
  });

  it('reads variables that are meant for it, and no others', () => {
    const { mayRead } = domains({}).placesOf('default');
    expect(['ENVIRONMENT_SHOP', 'ENVIRONMENT_A__B'].every(mayRead)).toBe(true);
    expect(['PATH', 'JWT_SECRET', 'ENVIRONMENT_', 'XENVIRONMENT_A', 'ENVIRONMENT_a'].some(mayRead)).toBe(false);
  });
});

describe('several organizations', () => {
  const several = multiple({
    FILESTORE_ROOTS: ['/srv/{organization}/files'],
    SECRETS_ROOT: '/run/secrets/{organization}',
    DATABASE_HOSTS: ['*.{organization}.internal'],
    HOOK_HOSTS: ['hooks.{organization}.example'],
    WEBHOOK_HOSTS: ['told.{organization}.example'],
    HOOK_COMMANDS: ['pause-{organization}=/usr/local/bin/pause', 'told=/srv/{organization}/told'],
    PLACES_FILE: listing({
      Acme: {
        filestoreRoots: ['/mnt/Acme'],
        databaseHosts: ['shared.internal'],
        environmentVariables: ['ENVIRONMENT_OLD'],
      },
      rival: {
        databaseHosts: ['shared.internal'],
        webhookHosts: ['chat.example'],
        hookCommands: { pause: '/opt/pause' },
      },
    }),
  });

  it('have what bears their name, and what is listed for them', () => {
    expect(several.placesOf('rival')).toMatchObject({
      filestoreRoots: ['/srv/rival/files'],
      secretsRoot: '/run/secrets/rival',
      databaseHosts: ['*.rival.internal', 'shared.internal'],
      hookHosts: ['hooks.rival.example'],
      webhookHosts: ['told.rival.example', 'chat.example'],
      hookCommands: new Map([
        ['pause-rival', '/usr/local/bin/pause'],
        ['told', '/srv/rival/told'],
        ['pause', '/opt/pause'],
      ]),
    });
  });

  it.each(['Acme', '..', 'a/b', 'a.b', '', '-', 'a--b', 'a-', 'a_b', 'ａ', 'x'.repeat(64)])(
    'have only what is listed when their name could lead elsewhere: %j',
    (name) => {
      const { filestoreRoots, secretsRoot, hookHosts, mayRead } = several.placesOf(name);
      expect({ filestoreRoots, secretsRoot, hookHosts }).toEqual({
        filestoreRoots: name === 'Acme' ? ['/mnt/Acme'] : [],
        secretsRoot: undefined,
        hookHosts: [],
      });
      expect(mayRead('ENVIRONMENT_OLD')).toBe(name === 'Acme');
      expect(mayRead('ENVIRONMENT_ACME__DB')).toBe(false);
    },
  );

  it('read variables that bear their name, of which none is the beginning of another’s', () => {
    const variables = ['ENVIRONMENT_ACME__DB', 'ENVIRONMENT_ACME_EU__DB', 'ENVIRONMENT_ACME_DB', 'ENVIRONMENT_ACME'];
    const readBy = (name: string) => variables.filter(several.placesOf(name).mayRead);
    expect(readBy('acme')).toEqual(['ENVIRONMENT_ACME__DB']);
    expect(readBy('acme-eu')).toEqual(['ENVIRONMENT_ACME_EU__DB']);
    expect(readBy('acme-eu-db')).toEqual([]);
  });

  it('have no host at all unless told', () => {
    expect(multiple().placesOf('acme')).toMatchObject({
      ...{ databaseHosts: [], hookHosts: [], webhookHosts: [], filestoreRoots: [] },
    });
  });
});

describe('a start is refused', () => {
  it.each<[string, Partial<Configuration>, RegExp]>([
    [
      'with a root for all',
      { FILESTORE_ROOTS: ['/srv/{organization}', '/mnt'] },
      /FILESTORE_ROOTS must contain .*"\/mnt"/,
    ],
    ['with secrets for all', { SECRETS_ROOT: '/run/secrets' }, /SECRETS_ROOT must contain/],
    ['with any database host', { DATABASE_HOSTS: ['*'] }, /DATABASE_HOSTS must contain/],
    ['with a hook host for all', { HOOK_HOSTS: ['hooks.example'] }, /HOOK_HOSTS must contain/],
    ['with a webhook host for all', { WEBHOOK_HOSTS: ['chat.example'] }, /WEBHOOK_HOSTS must contain/],
    ['with a command for all', { HOOK_COMMANDS: ['pause=/bin/pause'] }, /HOOK_COMMANDS must contain/],
    ['with a name for one', { ORGANIZATION: 'acme' }, /ORGANIZATION/],
    ['with roots that meet', { FILESTORE_ROOTS: ['/srv/a/{organization}', '/srv/{organization}/b'] }, /same directory/],
    [
      'with a listed root in another’s',
      {
        FILESTORE_ROOTS: ['/srv/{organization}'],
        PLACES_FILE: listing({ acme: { filestoreRoots: ['/srv/rival/x'] } }),
      },
      /"\/srv\/rival\/x" \(PLACES_FILE\)/,
    ],
    [
      'with a variable that is listed twice',
      {
        PLACES_FILE: listing({
          acme: { environmentVariables: ['ENVIRONMENT_X'] },
          rival: { environmentVariables: ['ENVIRONMENT_X'] },
        }),
      },
      /ENVIRONMENT_X of "rival" is "acme"'s too/,
    ],
    [
      'with a variable that bears another’s name',
      { PLACES_FILE: listing({ acme: { environmentVariables: ['ENVIRONMENT_RIVAL__DB'] } }) },
      /is "rival"'s too/,
    ],
    ['with a file that is not there', { PLACES_FILE: '/nowhere/places.yaml' }, /cannot be read/],
    ['with a file that is no YAML', { PLACES_FILE: listing('a: [') }, /no YAML/],
    [
      'with a misspelt key',
      { PLACES_FILE: listing({ acme: { filestoreRoot: [] } }) },
      /organizations\/acme .*"filestoreRoot"/,
    ],
    ['with a relative root', { PLACES_FILE: listing({ acme: { filestoreRoots: ['srv'] } }) }, /filestoreRoots\/0/],
    ['with an empty file', { PLACES_FILE: listing('') }, /must be object/],
  ])('%s', (_, changes, words) => {
    expect(() => multiple(changes)).toThrow(words);
  });

  it('with a list of places for one organization', () => {
    expect(() => domains({ PLACES_FILE: '/etc/places.yaml' })).toThrow(/TENANCY=multiple/);
  });
});
