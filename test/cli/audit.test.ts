import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import type { CommandLine } from './command-line.js';
import { somebody } from './somebody.js';

let service: TestService;
let snapback: CommandLine;

beforeAll(async () => {
  service = await startTestService();
  snapback = await somebody(service.url);
  for (const name of ['shop', 'bank']) await snapback.run(['project', 'create', name]);
});
afterAll(async () => {
  await service.stop();
  await snapback.remove();
});

it('says who did what, for people and for programs', async () => {
  const { code, out } = await snapback.run(['audit', 'list']);
  expect([code, out]).toEqual([
    0,
    expect.stringMatching(/tester +projectCreate +done +shop +project [0-9a-f]{8} +name shop/),
  ]);
  const asked = ['audit', 'list', '--operation', 'projectCreate', '--since', '2026-01-01', '-o', 'json'];
  const { out: json } = await snapback.run(asked);
  const names = JSON.parse(json).map(({ after }: { after: { name: string } }) => after.name);
  expect(names).toEqual(['bank', 'shop']);
  const ofShop = await snapback.run([...asked, '--project', 'shop']);
  expect(JSON.parse(ofShop.out)).toHaveLength(1);
  await snapback.run(['project', 'update', 'bank', '--name', 'the bank']);
  await snapback.run(['project', 'rm', 'shop', '--yes']);
  const { out: changes } = await snapback.run(['audit', 'list']);
  expect(changes).toMatch(/projectUpdate +done +the bank .* name bank → the bank/);
  // What is gone is known by its id, and by what was removed.
  expect(changes).toMatch(/projectDelete +done +[0-9a-f]{8} +project [0-9a-f]{8} +name shop/);
  const before = await snapback.run(['audit', 'list', '--until', '2020-02-29', '-o', 'json']);
  expect(JSON.parse(before.out)).toEqual([]);
});

it('refuses what is no time', async () => {
  const { code, err } = await snapback.run(['audit', 'list', '--since', 'yesterday']);
  expect([code, err]).toEqual([2, expect.stringContaining('It must be a time')]);
});
