import { describe, expect, it } from 'vitest';
import { type DatabaseProperties, wantedProperties } from './database-properties.js';
import { changesBack, differingPrivileges, recordProperties } from './recorded-properties.js';

const captured: DatabaseProperties = {
  owner: 'shop',
  connectionLimit: 20,
  comment: 'the shop',
  privileges: [{ grantor: 'shop', grantee: null, privilege: 'CONNECT', grantable: false }],
  settings: [
    { role: null, name: 'work_mem', value: '8MB' },
    { role: 'report', name: 'work_mem', value: '64MB' },
    { role: null, name: 'app.secret', value: 'hunter2' },
  ],
};
const record = (properties: DatabaseProperties) => recordProperties(properties, 'salt of this snapshot');
const changes = (live: DatabaseProperties, leftOut: { role: string | null; name: string }[] = []) =>
  changesBack(record(captured), live, leftOut);

describe('what a plan keeps of the properties of a database', () => {
  it('says nothing about what is as it was, in whatever order', () => {
    expect(changes({ ...captured, settings: captured.settings.toReversed() })).toEqual([]);
  });

  it('lists settings that were changed, added and removed since, each for whom it is', () => {
    const settings = [
      { role: null, name: 'work_mem', value: '4MB' },
      { role: null, name: 'app.secret', value: 'hunter2' },
      { role: null, name: 'statement_timeout', value: '1s' },
    ];
    expect(changes({ ...captured, settings })).toEqual([
      { property: 'setting', setting: 'statement_timeout', role: null, from: '1s', to: null, shown: true },
      { property: 'setting', setting: 'work_mem', role: null, from: '4MB', to: '8MB', shown: true },
      { property: 'setting', setting: 'work_mem', role: 'report', from: null, to: '64MB', shown: true },
    ]);
  });

  it('notices that an application’s own parameter changed, and shows and keeps neither value', () => {
    const settings = captured.settings.with(2, { role: null, name: 'app.secret', value: 'hunter3' });
    expect(changes({ ...captured, settings })).toEqual([
      { property: 'setting', setting: 'app.secret', role: null, from: null, to: null, shown: false },
    ]);
    expect(JSON.stringify(record(captured))).not.toContain('hunter2');
  });

  it('lists a comment and a connection limit that come back', () => {
    expect(changes({ ...captured, comment: null, connectionLimit: -1 })).toEqual([
      { property: 'comment', setting: null, role: null, from: null, to: 'the shop', shown: true },
      { property: 'connectionLimit', setting: null, role: null, from: '-1', to: '20', shown: true },
    ]);
  });

  it('tells long comments apart by what is not shown', () => {
    const long = 'x'.repeat(5000);
    const found = changesBack(record({ ...captured, comment: long }), { ...captured, comment: `${long}y` });
    expect(found.map(({ property, to }) => [property, to?.length])).toEqual([['comment', 201]]);
  });

  it('knows that a setting which cannot be put back will be gone', () => {
    expect(changes(captured, [{ role: null, name: 'work_mem' }])).toEqual([
      { property: 'setting', setting: 'work_mem', role: null, from: '8MB', to: null, shown: true },
    ]);
  });

  it('lists no changes of settings when there are more than it keeps', () => {
    const settings = Array.from({ length: 501 }, (_, n) => ({ role: `role ${n}`, name: 'work_mem', value: '1MB' }));
    expect(changesBack(record({ ...captured, settings }), captured)).toEqual([]);
  });

  it('says which privileges only one of both has', () => {
    const privileges = [{ grantor: 'shop', grantee: 'report', privilege: 'TEMPORARY', grantable: true }];
    expect(differingPrivileges(record(captured), { ...captured, privileges })).toEqual({
      gone: ['CONNECT to everybody'],
      added: ['TEMPORARY to report with grant option'],
    });
  });
});

describe('what a database that takes the live one’s place is to have', () => {
  const live: DatabaseProperties = { owner: 'now', connectionLimit: -1, comment: null, privileges: [], settings: [] };

  it.each([
    ['live', 'live' as const, live],
    ['its own', 'own' as const, { ...captured, owner: 'now', privileges: [] }],
    ['captured', { ...captured, comment: 'then' }, { ...captured, comment: 'then', owner: 'now', privileges: [] }],
  ])('is the live owner and privileges, and the rest %s', (_, source, wanted) => {
    expect(wantedProperties(live, captured, source)).toEqual(wanted);
  });
});
