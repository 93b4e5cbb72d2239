import { describe, expect, it } from 'vitest';
import { changed, parseQuotaArguments, QuotaUsageError } from './cli/quota-arguments.js';
import { limitsOf } from './quota-limits.js';

describe('what an organization may have', () => {
  it('is what was said of it, or else of all; none is a limit of its own, and 0 is one', () => {
    const limits = limitsOf({ snapshots: 0, storedBytes: null }, { QUOTA_STORED_BYTES: 5, QUOTA_ENVIRONMENTS: 0 });
    expect(limits).toEqual({
      environments: { limit: 0, source: 'configuration' },
      snapshots: { limit: 0, source: 'organization' },
      storedBytes: { limit: null, source: 'organization' },
      runningJobs: { limit: null, source: 'configuration' },
      waitingJobs: { limit: null, source: 'configuration' },
    });
  });

  it('changes where it is named, and is that of all again by default', () => {
    const own = { snapshots: 5, environments: 1 };
    expect(changed(own, { snapshots: 'default', storedBytes: null })).toEqual({ environments: 1, storedBytes: null });
  });
});

describe('the arguments of npm run quotas', () => {
  it('name what is to be listed, set or cleared', () => {
    expect(parseQuotaArguments(['list', '--json'])).toEqual({ command: 'list', json: true });
    expect(parseQuotaArguments(['clear', 'acme'])).toEqual({ command: 'clear', json: false, organization: 'acme' });
    expect(parseQuotaArguments(['set', 'acme', '--snapshots', '0', '--stored-bytes', 'none'])).toEqual({
      ...{ command: 'set', json: false, organization: 'acme', changes: { snapshots: 0, storedBytes: null } },
    });
  });

  it.each([
    ['no command', []],
    ['another command', ['raise', 'acme']],
    ['nobody', ['set', '--snapshots', '5']],
    ['two organizations', ['clear', 'acme', 'globex']],
    ['no limit', ['set', 'acme']],
    ['a limit to look at', ['list', '--snapshots', '5']],
    ['less than nothing', ['set', 'acme', '--snapshots=-1']],
    ['a part of a snapshot', ['set', 'acme', '--snapshots', '1.5']],
    ['more than a number holds', ['set', 'acme', '--stored-bytes', '9'.repeat(16)]],
    ['no number', ['set', 'acme', '--running-jobs', 'many']],
    ['an option of nobody', ['set', 'acme', '--cpu', '5']],
  ])('are refused: %s', (_, args) => {
    expect(() => parseQuotaArguments(args)).toThrow(QuotaUsageError);
  });
});
