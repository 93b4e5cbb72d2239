import { describe, expect, it } from 'vitest';
import { bodyOf, valuesOf, webhookSchema } from './webhook-schema.js';

const values = { ...valuesOf(undefined), url: 'https://hooks.example.com/a?token=b' };
const problems = (changed: Partial<typeof values>) =>
  webhookSchema.safeParse({ ...values, ...changed }).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('what stands in the form of a webhook', () => {
  it('a new one is told of every event, and of all environments', () => {
    expect(bodyOf(values)).toEqual({ url: values.url, events: ['*'], environmentIds: null, description: null });
    expect(problems({})).toEqual([]);
  });

  it.each([
    ['no URL', { url: '' }],
    ['another protocol', { url: 'ftp://hooks.example.com/' }],
    ['a user', { url: 'https://me@hooks.example.com/' }],
    ['a fragment', { url: 'https://hooks.example.com/#x' }],
    ['too long', { url: `https://hooks.example.com/${'x'.repeat(2000)}` }],
    ['a host that cannot be', { url: 'https://[nowhere/' }],
  ])('a URL is refused: %s', (_, changed) => {
    expect(new Set(problems(changed))).toEqual(new Set(['url']));
  });

  it('events and environments are named, or meant all', () => {
    expect(problems({ isEvery: false })).toEqual(['events']);
    expect(problems({ isWhole: false })).toEqual(['environmentIds']);
    expect(problems({ isEvery: false, events: ['snapshot.failed'] })).toEqual([]);
    expect(problems({ description: 'a\nb' })).toEqual(['description']);
    expect(problems({ description: 'x'.repeat(201) })).toEqual(['description']);
  });
});
