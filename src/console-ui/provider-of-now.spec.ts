import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { OidcProvider } from './oidc-provider.js';
import { ProviderOfNow } from './provider-of-now.js';

const provider = { issuer: 'https://id.example' } as OidcProvider;

function asked(answers: (() => Promise<OidcProvider>)[], options: { cooldownMs?: number; refreshMs?: number } = {}) {
  let times = 0;
  const fetch = () => answers[Math.min(times++, answers.length - 1)]!();
  const ofNow = new ProviderOfNow({ fetch, cooldownMs: 60_000, refreshMs: 60_000, patienceMs: 50, ...options });
  return { ofNow, times: () => times };
}

const good = () => Promise.resolve(provider);
const bad = () => Promise.reject(new Error('nobody is there'));
const never = () => new Promise<OidcProvider>(() => undefined);

it('asks once for all pages that come meanwhile, and keeps the answer', async () => {
  const { ofNow, times } = asked([async () => (await sleep(5), provider)]);
  expect(await Promise.all([ofNow.get(), ofNow.get(), ofNow.get()])).toEqual([provider, provider, provider]);
  expect(await ofNow.get()).toBe(provider);
  expect(times()).toBe(1);
});

it('leaves a provider alone that is away, and asks again later', async () => {
  const { ofNow, times } = asked([bad, good], { cooldownMs: 20 });
  expect(await ofNow.get()).toBeUndefined();
  expect(await ofNow.get()).toBeUndefined();
  expect(times()).toBe(1);
  await sleep(30);
  expect(await ofNow.get()).toBe(provider);
});

it('uses what it last said while it is away', async () => {
  const { ofNow, times } = asked([good, bad], { refreshMs: 0 });
  await ofNow.get();
  expect(await ofNow.get()).toBe(provider);
  expect(times()).toBe(2);
});

it('lets no page wait for long', async () => {
  const { ofNow } = asked([never]);
  expect(await ofNow.get()).toBeUndefined();
});
