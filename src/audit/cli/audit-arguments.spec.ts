import { describe, expect, it } from 'vitest';
import { AuditUsageError, parseAuditArguments } from './audit-arguments.js';

const HASH = '0'.repeat(64);

describe('the arguments of npm run audit', () => {
  it('name what is to be proven, and what is to be listed', () => {
    expect(parseAuditArguments(['verify'])).toEqual({ command: 'verify', json: false });
    expect(parseAuditArguments(['verify', '--organization', '', '--expect', `12:${HASH}`, '--json'])).toEqual({
      ...{ command: 'verify', json: true, organization: '' },
      expected: { sequence: 12, hash: HASH },
    });
    expect(parseAuditArguments(['list', '--actor', 'ann', '--since', '2026-11-23'])).toEqual({
      ...{ command: 'list', json: false, actor: 'ann' },
      since: new Date('2026-11-23T00:00:00Z'),
    });
  });

  it.each([
    ['no command', []],
    ['another command', ['repair']],
    ['two commands', ['verify', 'list']],
    ['an option of another command', ['verify', '--actor', 'x']],
    ['an option of nobody', ['list', '--nonsense']],
    ['a head without its organization', ['verify', '--expect', `1:${HASH}`]],
    ['a head that is none', ['verify', '--organization', 'acme', '--expect', 'latest']],
    ['the head of nothing', ['verify', '--organization', 'acme', '--expect', `0:${HASH}`]],
    ['a time that is none', ['list', '--since', 'yesterday']],
  ])('are refused: %s', (_, args) => {
    expect(() => parseAuditArguments(args)).toThrow(AuditUsageError);
  });
});
