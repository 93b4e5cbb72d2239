import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asker } from '../contract/ask.js';
import type { Answer } from '../contract/ask.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';

const PROJECTS = '/api/v1/projects';

/** Each test comes from an address, or is a subject of an organization, of its own. */
let service: TestService;
beforeAll(async () => {
  service = await startTestService({
    TENANCY: 'multiple',
    ORGANIZATION: '',
    FILESTORE_ROOTS: '',
    WEBHOOK_HOSTS: '',
    TRUST_PROXY: 'loopback',
    RATE_LIMIT_ADDRESS: '3',
    RATE_LIMIT_SUBJECT: '3',
    RATE_LIMIT_ORGANIZATION: '5',
  });
});
afterAll(() => service.stop());

let addresses = 0;
const anAddress = (): string => `192.0.2.${(addresses += 1)}`;

/** As many times the same request, one after the other. */
async function times(count: number, send: () => Promise<Answer>): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let n = 0; n < count; n += 1) answers.push(await send());
  return answers;
}

const statuses = (answers: Answer[]): number[] => answers.map(({ status }) => status);

describe('an address without a valid token', () => {
  const nobody: [string, string, Record<string, string>][] = [
    ['no token', PROJECTS, {}],
    ['another scheme', PROJECTS, { authorization: 'Basic YTpi' }],
    ['junk for a token', PROJECTS, { authorization: 'Bearer junk' }],
    ['junk for a token, at no operation', '/api/v1/nothing', { authorization: 'Bearer junk' }],
    ['junk for a token, in capitals', '/API/V1/nothing', { authorization: 'bearer junk' }],
    ['junk for a token, beside the API', '/nothing', { authorization: 'Bearer junk' }],
    ['junk for a token, at what has no place in a path', '/api/v1/%zz', { authorization: 'Bearer junk' }],
    ['the documentation', '/docs', {}],
    ['the documentation and junk for a token', '/openapi.json', { authorization: 'Bearer junk' }],
  ];

  it.each(nobody)('is turned away after so many requests, with %s', async (_, path, headers) => {
    const ask = asker(service.url, null);
    const from = { headers: { ...headers, 'x-forwarded-for': anAddress() } };
    const answers = await times(5, () => ask('GET', path, from));
    expect(statuses(answers).slice(3)).toEqual([429, 429]);
    expect(statuses(answers).slice(0, 3)).not.toContain(429);
    const { problem, headers: sent } = answers[4]!;
    expect(problem.code).toBe('too-many-requests');
    expect(Number(sent.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(sent.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(sent.get('ratelimit')).toMatch(/^"address";r=0;t=\d+$/);
    expect(sent.get('ratelimit-policy')).toBe('"address";q=3;w=60');
    expect(sent.get('x-content-type-options')).toBe('nosniff');
  });

  it('shuts nobody out who has a token, nor a probe of the health paths', async () => {
    const from = { headers: { 'x-forwarded-for': anAddress() } };
    const nobody = asker(service.url, null);
    const junk = asker(service.url, 'junk');
    await times(4, () => nobody('GET', PROJECTS, from));
    await times(4, () => junk('GET', PROJECTS, from));
    const caller = asker(service.url, testToken({ organization: 'beside' }));
    expect((await caller('GET', PROJECTS, from)).status).toBe(200);
    for (const path of ['/api/v1/health/live', '/api/v1/health/ready']) {
      expect(statuses(await times(6, () => nobody('GET', path, from)))).toEqual([200, 200, 200, 200, 200, 200]);
    }
  });

  it('is the one that the proxy has seen, whatever was claimed to it', async () => {
    const ask = asker(service.url, null);
    let claimed = 0;
    const from = (address: string) => () =>
      ask('GET', PROJECTS, { headers: { 'x-forwarded-for': `10.0.0.${(claimed += 1)}, ${address}` } });
    const [one, other] = [anAddress(), anAddress()];
    expect(statuses(await times(4, from(one)))).toEqual([401, 401, 401, 429]);
    expect(statuses(await times(1, from(other)))).toEqual([401]);
    // Some proxies add the port, which is another one each time.
    expect(statuses(await times(1, from(`${one}:4711`)))).toEqual([429]);
    // Who has one IPv6 address has 2^64 of them.
    expect(statuses(await times(2, from('2001:db8:0:1::1')))).toEqual([401, 401]);
    expect(statuses(await times(1, from('2001:db8:0:1:ffff::2')))).toEqual([401]);
    expect(statuses(await times(1, from('[2001:db8:0:1::3]:4711')))).toEqual([429]);
  });

  it('cannot be another one by a header where no proxy is trusted', async () => {
    const direct = await startTestService({ RATE_LIMIT_ADDRESS: '2' });
    try {
      const ask = asker(direct.url, null);
      const pretend = () => {
        const address = anAddress();
        const headers = { 'x-forwarded-for': address, 'x-real-ip': address, forwarded: `for=${address}` };
        return ask('GET', PROJECTS, { headers });
      };
      expect(statuses(await times(4, pretend))).toEqual([401, 401, 429, 429]);
    } finally {
      await direct.stop();
    }
  });
});

describe('a caller with a token', () => {
  const as = (subject: string, organization: string) => asker(service.url, testToken({ subject, organization }));

  it('is turned away after so many requests, and others of the organization are not', async () => {
    const answers = await times(8, () => as('ci', 'acme')('GET', PROJECTS));
    expect(statuses(answers)).toEqual([200, 200, 200, 429, 429, 429, 429, 429]);
    expect(answers[0]!.headers.get('ratelimit')).toMatch(/^"subject";r=2;t=\d+, "organization";r=4;t=\d+$/);
    expect(answers[0]!.headers.get('ratelimit-policy')).toBe('"subject";q=3;w=60, "organization";q=5;w=60');
    expect(answers[4]!.problem.code).toBe('too-many-requests');
    expect(answers[4]!.headers.get('retry-after')).toMatch(/^[1-9]\d?$/);
    // What was turned away is not taken from the organization, and another one has a subject of the same name.
    expect((await as('ci2', 'acme')('GET', PROJECTS)).status).toBe(200);
    expect((await as('ci', 'other')('GET', PROJECTS)).status).toBe(200);
  });

  it('is counted also where it may not, or sends what does not fit', async () => {
    const weak = asker(service.url, testToken({ organization: 'weak', permissions: [] }));
    expect(statuses(await times(4, () => weak('GET', PROJECTS)))).toEqual([403, 403, 403, 429]);
    const odd = asker(service.url, testToken({ organization: 'odd' }));
    const json = { no: 'name' };
    expect(statuses(await times(4, () => odd('POST', PROJECTS, { json })))).toEqual([422, 422, 422, 429]);
  });

  it('takes nothing from other organizations, by many subjects either', async () => {
    let subject = 0;
    const answers = await times(7, () => as(`ci-${(subject += 1)}`, 'many')('GET', PROJECTS));
    expect(statuses(answers)).toEqual([200, 200, 200, 200, 200, 429, 429]);
    expect(answers[6]!.problem.detail).toContain('organization');
    expect((await as('ci-1', 'few')('GET', PROJECTS)).status).toBe(200);
  });
});
