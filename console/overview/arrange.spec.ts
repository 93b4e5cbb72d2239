import { describe, expect, it } from 'vitest';
import type { EnvironmentProtection } from '../../sdk/typescript/index.js';
import { arrange, linesOf, type Wanted } from './arrange.js';

const environment = (
  name: string,
  environmentType: EnvironmentProtection['environmentType'],
  state: EnvironmentProtection['state'] = 'protected',
): EnvironmentProtection => {
  const [projectName = '', environmentName = ''] = name.split('/');
  return {
    ...{ environmentId: name, environmentName, environmentType, projectId: projectName, projectName, state },
    ...{ since: null, reason: null, lastSuccessfulAt: null, lastProvenAt: null, nextRunAt: null, history: null },
    ...{ expectedIntervalSeconds: 0, standby: { state: 'off', snapshotId: null }, expectedRollbackSeconds: null },
  };
};

const LISTED = [
  environment('shop/review', 'development', 'late'),
  environment('blog/live', 'production'),
  environment('shop/live', 'production'),
  environment('shop/next', 'staging'),
];
const ALL: Wanted = { text: '', state: undefined, projectId: undefined };

const told = (wanted = ALL) =>
  arrange(LISTED, wanted).map(({ name, environments }) => [name, environments.map((one) => one.environmentName)]);

describe('the list of environments', () => {
  it('has the project that needs somebody first, and of each project production first', () => {
    expect(told()).toEqual([
      ['shop', ['live', 'next', 'review']],
      ['blog', ['live']],
    ]);
  });

  it('is found by any words of names and types, across project and environment', () => {
    expect(told({ ...ALL, text: 'SHOP li' })).toEqual([['shop', ['live']]]);
    expect(told({ ...ALL, text: 'shop/next' })).toEqual([['shop', ['next']]]);
    expect(told({ ...ALL, text: 'staging' })).toEqual([['shop', ['next']]]);
    expect(told({ ...ALL, text: 'nowhere' })).toEqual([]);
  });

  it('is narrowed to a state and a project', () => {
    expect(told({ ...ALL, state: 'late' })).toEqual([['shop', ['review']]]);
    expect(told({ ...ALL, projectId: 'blog' })).toEqual([['blog', ['live']]]);
  });

  it('has a line for each project and each of its environments', () => {
    expect(linesOf(arrange(LISTED, ALL)).map(({ kind, key }) => [kind, key])).toEqual([
      ['project', 'shop'],
      ['environment', 'shop/live'],
      ['environment', 'shop/next'],
      ['environment', 'shop/review'],
      ['project', 'blog'],
      ['environment', 'blog/live'],
    ]);
  });
});
