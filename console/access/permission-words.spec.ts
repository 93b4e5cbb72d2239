import { describe, expect, it } from 'vitest';
import { expandGrants, PERMISSIONS, BUNDLES as OF_THE_SERVICE } from '../../src/auth/permission.js';
import { BUNDLES, inBundles, PERMISSION_WORDS } from './permission-words.js';

describe('what permissions mean', () => {
  it('each of the service has words', () => {
    expect(Object.keys(PERMISSION_WORDS).toSorted()).toEqual([...PERMISSIONS].toSorted());
  });

  it('bundles hold what they hold in the service', () => {
    expect(BUNDLES.map(({ name }) => name)).toEqual(OF_THE_SERVICE);
    for (const { name, holds } of BUNDLES) expect(new Set(holds)).toEqual(expandGrants([name]));
  });

  it('a token is told by its largest bundle and what it has besides', () => {
    expect(inBundles([...expandGrants(['deployer', 'snapshots:write'])])).toEqual({
      bundle: 'deployer',
      besides: ['snapshots:write'],
    });
    expect(inBundles([...expandGrants(['admin'])])).toEqual({ bundle: 'admin', besides: [] });
    expect(inBundles(['audit:read'])).toEqual({ bundle: undefined, besides: ['audit:read'] });
  });
});
