import { describe, expect, it } from 'vitest';
import type { Abilities } from './abilities.js';
import { judgeRequirements } from './judge-requirements.js';
import { type DatabaseRequirements, MOST_JUDGED, nothingNamed, type RequiredExtension } from './requirements.js';

const nothing: DatabaseRequirements = {
  format: 1,
  extensions: [],
  superuserOnly: {},
  owners: [],
  grantors: [],
  defaultPrivileges: [],
  systemPrivileges: [],
  grantees: [],
  policyRoles: [],
  parameters: [],
  foreignServers: [],
  hiddenMappings: nothingNamed,
  tablespaces: [],
  collations: [],
  securityLabels: [],
  subscriptions: nothingNamed,
};
const extension: RequiredExtension = {
  ...{ name: 'citext', version: '1.6', superuser: true, trusted: true },
  ...{ privileges: nothingNamed, perhapsAltered: nothingNamed, tables: nothingNamed },
};
const one = (name: string) => ({ count: 1, names: [name] });
const roles = {
  ...{ own: 'shop', isSuperuser: false, existing: new Set(['shop', 'other']) },
  ...{ inherited: new Set(['shop']), settable: new Set(['shop']) },
};
const owner: Abilities = {
  roles,
  isManagedAdmin: false,
  extensions: new Map([
    ['citext', [{ version: '1.6', superuser: true, trusted: true, isDefault: true }]],
    ['postgis', [{ version: '3.3', superuser: true, trusted: false, isDefault: true }]],
    ['plain', [{ version: '1.0', superuser: false, trusted: false, isDefault: true }]],
  ]),
  tablespaces: new Map(),
  collations: new Map([['libc de_DE.utf8', '2.36']]),
  databaseLocale: { provider: 'libc', locale: 'de_DE.utf8', version: '2.36' },
  hasIcu: false,
  deniedParameters: new Set(),
};
const superuser: Abilities = { ...owner, roles: { ...roles, isSuperuser: true } };
const codes = (
  requirements: Partial<DatabaseRequirements>,
  abilities = owner,
  into: 'same' | 'other' = 'same',
): string[] =>
  judgeRequirements({ ...nothing, ...requirements }, abilities, into).map(
    ({ code, blocking }) => `${code}${blocking ? '!' : ''}`,
  );

describe('an extension', () => {
  const altered = { ...extension, perhapsAltered: one('f'), privileges: one('g'), tables: one('t') };

  it.each([
    ['that is trusted', extension, owner, []],
    ['that needs no superuser', { ...extension, name: 'plain', version: '1.0' }, owner, []],
    ['that is not trusted', { ...extension, name: 'postgis', version: '3.3' }, owner, ['extension-needs-superuser!']],
    ['that is not trusted, by a superuser', { ...extension, name: 'postgis', version: '3.3' }, superuser, []],
    ['of a version that is gone', { ...extension, version: '1.4' }, owner, ['extension-version-missing']],
    ['that is gone, also by a superuser', { ...extension, name: 'gone' }, superuser, ['extension-missing!']],
    [
      'whose members superusers have changed',
      altered,
      owner,
      ['extension-tables-need-superuser!', 'extension-privileges', 'extension-members-altered'],
    ],
    [
      'whose members superusers have made immutable for an index',
      { ...extension, perhapsAltered: one('f'), alteredAndNeeded: one('f') },
      owner,
      ['extension-members-altered!'],
    ],
    ['whose members its owner has changed', { ...altered, name: 'plain', version: '1.0' }, owner, []],
  ])('%s', (_, required, abilities, expected) => {
    expect(codes({ extensions: [required] }, abilities)).toEqual(expected);
  });

  it('leaves it open what a provider lets its administrator do', () => {
    const required = {
      extensions: [{ ...extension, name: 'postgis', version: '3.3' }],
      superuserOnly: { types: one('t') },
    };
    expect(codes(required, { ...owner, isManagedAdmin: true })).toEqual([
      'extension-needs-superuser',
      'types-need-superuser',
    ]);
  });

  it('that needs a superuser makes its foreign servers need one', () => {
    const of = (name: string) => ({ foreignServers: [{ extension: name, servers: one('s') }] });
    expect([codes(of('postgis')), codes(of('plain')), codes(of('postgis'), superuser)]).toEqual([
      ['foreign-servers-need-superuser!'],
      [],
      [],
    ]);
  });
});

describe('a collation', () => {
  const collation = { name: 'public.c', provider: 'libc', locale: 'de_DE.utf8', version: '2.36', isOwn: true };

  it.each([
    ['that is the same', collation, []],
    ['of another version of its library', { ...collation, version: '2.28' }, ['collation-version-changed']],
    [
      'of the database, of another version',
      { ...collation, name: null, version: '2.28' },
      ['collation-version-changed'],
    ],
    ['of the database, of another locale', { ...collation, name: null, locale: 'fr_FR.utf8', isOwn: false }, []],
    ['without a version', { ...collation, version: null }, []],
    ['of a locale that may not be there', { ...collation, locale: 'fr_FR.utf8' }, ['collation-missing']],
    ['of ICU, where there is none', { ...collation, provider: 'icu', locale: 'de' }, ['collation-missing!']],
  ])('%s', (_, required, expected) => {
    expect(codes({ collations: [required] })).toEqual(expected);
  });
});

describe('roles', () => {
  const of = (name: string) => [{ name, count: 2, example: 'table public.t' }];

  it('that are not there are a warning, and no obstacle', () => {
    const gone = { owners: of('gone'), grantors: of('gone too'), grantees: ['reader'], policyRoles: ['clerk'] };
    expect(codes(gone)).toEqual(['roles-missing']);
    expect(judgeRequirements({ ...nothing, ...gone }, owner)[0]?.message).toContain('clerk, gone, gone too, reader');
    expect(judgeRequirements({ ...nothing, ...gone }, owner, 'other')[0]?.message).toContain('no role clerk:');
  });

  it('that ours may not act as block where they own something, and only there', () => {
    const others = {
      owners: of('other'),
      grantors: of('other'),
      defaultPrivileges: of('other'),
      systemPrivileges: of('other'),
    };
    expect(codes(others)).toEqual([
      'object-owner-membership-missing!',
      'grantor-membership-missing',
      'default-privileges',
      'system-privileges',
    ]);
    expect([codes(others, superuser), codes(others, owner, 'other')]).toEqual([[], []]);
  });

  it('that were too many to be kept are said to be', () => {
    const grantees = Array.from({ length: MOST_JUDGED }, () => 'other');
    expect(codes({ grantees })).toEqual(['roles-not-judged']);
  });
});

it('escapes what would break a line of what a person reads', () => {
  const [finding] = judgeRequirements({ ...nothing, superuserOnly: { types: one('a\nb') } }, owner);
  expect(finding?.message).toContain(String.raw`a\nb`);
});
