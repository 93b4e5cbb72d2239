import { describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../permission.js';
import { parseTokenArguments } from './token-arguments.js';

describe('parseTokenArguments', () => {
  it('has defaults for all but the permissions', () => {
    expect(parseTokenArguments(['--org', 'acme', '--permissions', 'all'])).toEqual({
      organization: 'acme',
      subject: 'developer',
      permissions: PERMISSIONS,
      projects: null,
      lifetimeSeconds: 12 * 3600,
    });
  });

  it('takes lists with spaces', () => {
    const projects = '6f2c1a52-3f0b-4e0e-9d67-0a4b7f6f1c01, 2b8d8f0e-3a43-4f0c-8a57-6f0d5f1f2a02';
    const permissions = 'snapshots:read, rollbacks:write';
    const args = ['--org', 'acme', '--permissions', permissions, '--projects', projects, '--expires', '90s'];
    const parsed = parseTokenArguments(args);
    expect(parsed.permissions).toEqual(['snapshots:read', 'rollbacks:write']);
    expect(parsed.projects).toHaveLength(2);
    expect(parsed.lifetimeSeconds).toBe(90);
  });

  it('takes bundles, which the service expands', () => {
    const args = ['--org', 'acme', '--permissions', 'deployer,snapshots:write'];
    expect(parseTokenArguments(args).permissions).toEqual(['deployer', 'snapshots:write']);
  });

  it.each([
    [['--org', '', '--permissions', 'all'], '--org must not be empty.'],
    [['--org', 'acme'], '--permissions is required.'],
    [['--org', 'acme', '--permissions', 'snapshot:read'], '(not "snapshot:read")'],
    [['--org', 'acme', '--permissions', 'constructor'], '(not "constructor")'],
    [['--org', 'acme', '--permissions', 'all', '--expires', '0h'], '--expires must be'],
    [['--org', 'acme', '--permissions', 'all', '--expires', 'tomorrow'], '--expires must be'],
    [['--org', 'acme', '--permissions', 'all', '--projects', 'webshop'], '--projects must be'],
    [['--organisation', 'acme'], '--organisation'],
  ])('refuses %j', (args, message) => {
    expect(() => parseTokenArguments(args)).toThrow(message);
  });
});
