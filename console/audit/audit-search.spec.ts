import { describe, expect, it } from 'vitest';
import { auditCommand, beginning, ending, filtersOf } from './audit-search.js';

describe('the filters of the audit', () => {
  it('a day is meant whole, as it is where the person is', () => {
    const [from, to] = [new Date(beginning('2026-11-23')), new Date(ending('2026-11-23'))];
    expect([from.getHours(), from.getDate(), to.getHours(), to.getDate()]).toEqual([0, 23, 0, 24]);
  });

  it('a time is taken as it stands, and so is what is none', () => {
    expect(filtersOf({ since: '2026-11-23T08:00:00Z', until: 'tomorrow' })).toEqual({
      since: '2026-11-23T08:00:00Z',
      until: 'tomorrow',
    });
    expect(beginning('2026-13-45')).toBe('2026-13-45');
  });

  it('the command has the same filters, and is safe to paste', () => {
    expect(auditCommand({ actor: `it's $(me)`, project: 'p', environment: 'e', since: '2026-11-23' })).toBe(
      `snapback audit list --env e --actor 'it'\\''s $(me)' --since 2026-11-23`,
    );
  });
});
