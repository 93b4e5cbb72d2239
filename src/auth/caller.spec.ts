import { describe, expect, it } from 'vitest';
import { Problem } from '../errors/problem.js';
import { type Caller, seesProject, toCaller } from './caller.js';

const now = new Date('2026-11-28T00:00:00Z');
const claims = { aud: 'snapback', sub: 'ci@acme', org: 'acme', permissions: ['snapshots:read'], exp: 2_000_000_000 };
const PROJECT = '6f2c1a52-3f0b-4e0e-9d67-0a4b7f6f1c01';

describe('toCaller', () => {
  it('takes subject, organization, permissions and projects from the claims', () => {
    expect(toCaller({ ...claims, projects: [PROJECT.toUpperCase()] }, now)).toEqual({
      subject: 'ci@acme',
      organization: 'acme',
      permissions: new Set(['snapshots:read']),
      projects: [PROJECT],
      expiresAt: new Date('2033-05-18T03:33:20Z'),
    });
  });

  it('expands bundles of permissions', () => {
    const caller = toCaller({ ...claims, permissions: ['deployer', 'snapshots:write'] }, now);
    expect(caller.permissions).toContain('deployments:write');
    expect(caller.permissions).toContain('snapshots:write');
    expect(caller.permissions).not.toContain('environments:write');
  });

  it('ignores permissions of other services', () => {
    const caller = toCaller({ ...claims, permissions: ['mail:send', 'snapshots:write', 'snapshots:*'] }, now);
    expect([...caller.permissions]).toEqual(['snapshots:write']);
  });

  it('grants nothing when there are no permissions', () => {
    expect(toCaller({ ...claims, permissions: undefined }, now).permissions.size).toBe(0);
  });

  it.each([
    ['no claims', null],
    ['no subject', { ...claims, sub: undefined }],
    ['an empty subject', { ...claims, sub: '' }],
    ['a subject that is a number', { ...claims, sub: 7 }],
    ['a subject with a NUL character', { ...claims, sub: 'a\u0000' }],
    ['a subject of 201 characters', { ...claims, sub: 'a'.repeat(201) }],
    ['no organization', { ...claims, org: undefined }],
    ['several organizations', { ...claims, org: ['acme', 'globex'] }],
    ['permissions in one text', { ...claims, permissions: 'snapshots:read snapshots:write' }],
    ['permissions that are no texts', { ...claims, permissions: [1] }],
    ['projects that are null, which might mean none or all', { ...claims, projects: null }],
    ['projects that are no texts', { ...claims, projects: [{}] }],
    ['no expiry', { ...claims, exp: undefined }],
  ])('refuses %s', (_, wrong) => {
    expect(() => toCaller(wrong, now)).toThrow(Problem);
    expect(() => toCaller(wrong, now)).toThrow(expect.objectContaining({ status: 401, code: 'unauthenticated' }));
  });
});

describe('seesProject', () => {
  const caller: Caller = { subject: 's', organization: 'o', permissions: new Set(), projects: null, expiresAt: now };

  it('sees every project of the organization without a limit', () => {
    expect(seesProject(caller, PROJECT)).toBe(true);
  });

  it('sees the projects the token is limited to, however the id is written', () => {
    const limited = { ...caller, projects: [PROJECT] };
    expect(seesProject(limited, PROJECT.toUpperCase())).toBe(true);
    expect(seesProject(limited, '00000000-0000-4000-8000-000000000000')).toBe(false);
    expect(seesProject({ ...caller, projects: [] }, PROJECT)).toBe(false);
  });
});
