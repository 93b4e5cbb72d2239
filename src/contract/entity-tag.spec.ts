import { describe, expect, it } from 'vitest';
import { entityTag, requireMatch } from './entity-tag.js';

const shown = { name: 'shop', updatedAt: '2026-11-29T10:00:00.000Z' };
const later = { ...shown, updatedAt: '2026-11-29T10:00:00.001Z' };

describe('an entity tag', () => {
  it('is another one for each version, and for each state of what stands beside it', () => {
    const tags = [
      entityTag(shown),
      entityTag(later),
      entityTag(shown, { standby: null }),
      entityTag(shown, { standby: 1 }),
    ];
    expect(new Set(tags).size).toBe(4);
    expect(entityTag({ ...shown })).toBe(entityTag(shown));
    for (const tag of tags) expect(tag).toMatch(/^"[\w-]{16}(\.[\w-]{16})?"$/);
  });

  it.each([
    ['of the version', entityTag(shown)],
    ['of the version with what stood beside it then', entityTag(shown, { standby: 'building' })],
    ['made weak by a proxy', `W/${entityTag(shown)}`],
    ['among others', `"other", W/"another" ,${entityTag(shown)}`],
    ['that stands for all', ' * '],
    ['that was not sent', undefined],
  ])('lets a change through %s', (_, ifMatch) => {
    expect(() => requireMatch(ifMatch, 'environment', shown)).not.toThrow();
  });

  it.each([
    ['of another version', entityTag(later)],
    ['of another version with the same beside it', entityTag(later, { standby: null })],
    ['of nothing', '""'],
    ['that is no tag', 'shop'],
    ['whose quotes are missing', entityTag(shown).replaceAll('"', '')],
  ])('refuses a change with one %s', (_, ifMatch) => {
    expect(() => requireMatch(ifMatch, 'environment', shown)).toThrow('has been changed since what If-Match names');
  });
});
