import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessView } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { expandGrants } from '../../src/auth/permission.js';
import type { testToken } from '../harness/tokens.js';
import { startWorlds } from './world.js';
import type { World, Worlds } from './world.js';

let worlds: Worlds;
let world: World;
/** Of the same organization, in another project. */
let neighbour: World;
/** Of another organization. */
let stranger: World;

beforeAll(async () => {
  worlds = await startWorlds();
  ({ world, neighbour, stranger } = worlds);
});
afterAll(() => worlds.stop());

const view = (claims: NonNullable<Parameters<typeof testToken>[0]>) =>
  result(accessView({ client: worlds.service.client(claims) }));

describe('who somebody is, and what they may do', () => {
  it('is what the token says, bundles taken apart', async () => {
    const { permissions, expiresAt, ...who } = await view({
      subject: 'alice',
      permissions: ['deployer', 'audit:read'],
      lifetimeSeconds: 600,
    });
    expect(who).toEqual({ subject: 'alice', organization: 'acme', projects: null });
    expect(new Set(permissions)).toEqual(expandGrants(['deployer', 'audit:read']));
    expect(permissions).toHaveLength(new Set(permissions).size);
    const left = Date.parse(expiresAt) - Date.now();
    expect(left).toBeGreaterThan(540_000);
    expect(left).toBeLessThanOrEqual(600_000);
  });

  it('is told to a token that allows nothing', async () => {
    expect(await view({ permissions: [] })).toMatchObject({ permissions: [] });
  });

  it('names the projects that the token is limited to, by name, and nothing of what is not there or belongs to others', async () => {
    const own = [neighbour.project, world.project];
    const named = [...own.map(({ id }) => id.toUpperCase()), stranger.project.id, randomUUID(), '*', ''];
    const { projects } = await view({ projects: named });
    const byName = own.toSorted((one, other) => (one.name < other.name ? -1 : 1));
    expect(projects).toEqual(byName.map(({ id, name }) => ({ id, name })));
    expect((await view({ projects: [stranger.project.id] })).projects).toEqual([]);
    expect((await view({ projects: [] })).projects).toEqual([]);
  });

  it('is told to those of each organization for themselves', async () => {
    const there = await view({ organization: 'rival', projects: [world.project.id, stranger.project.id] });
    expect([there.organization, there.projects]).toEqual([
      'rival',
      [{ id: stranger.project.id, name: stranger.project.name }],
    ]);
  });
});
