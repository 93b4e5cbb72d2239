import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BUNDLES, expandGrants, PERMISSIONS } from './permission.js';

const held = (...words: string[]): string[] => [...expandGrants(words)].toSorted();

describe('bundles of permissions', () => {
  it('hold what docs/tokens.md says', () => {
    const page = readFileSync('docs/tokens.md', 'utf8');
    const rows = [...page.matchAll(/^\| `(viewer|deployer|operator|admin)` \| (.+?) \|/gm)];
    expect(rows.map(([, name]) => name)).toEqual([...BUNDLES]);
    for (const [, name = '', text = ''] of rows) {
      const [, but = ''] = text.split(' but ');
      const isLeftOut = (word: string): boolean => but.includes(`\`${word}\``);
      const words = [...text.matchAll(/`([^`]+)`/g)]
        .flatMap(([, word = '']) =>
          word === '…:read' ? PERMISSIONS.filter((permission) => permission.endsWith(':read')) : [word],
        )
        .filter((word) => !isLeftOut(word));
      expect(held(name)).toEqual(held(...words));
    }
  });

  it('each hold all of the one before it, and the last one everything', () => {
    const sets = BUNDLES.map((bundle) => expandGrants([bundle]));
    for (const [at, set] of sets.entries()) {
      const before = sets[at - 1] ?? new Set();
      expect([...before].every((permission) => set.has(permission))).toBe(true);
      expect(set.size).toBeGreaterThan(before.size);
    }
    expect(held('admin')).toEqual([...PERMISSIONS].toSorted());
  });

  it('add to single permissions', () => {
    expect(held('viewer', 'snapshots:write')).toEqual(held('snapshots:write', 'viewer', 'viewer', 'snapshots:read'));
  });

  it('let no pipeline delete what it may have to go back to', () => {
    expect(expandGrants(['deployer'])).not.toContain('snapshots:write');
  });
});
