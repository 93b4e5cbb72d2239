import { existsSync } from 'node:fs';
import { afterAll, describe, it } from 'vitest';
import { freePort } from '../harness/free-port.js';
import { madeUpSecret, secretIn } from '../harness/secret-mark.js';
import { sampleOf } from '../harness/thorough.js';
import { CommandLine } from './command-line.js';
import { CLIENT_ID, OpenIdProvider } from './openid-provider.js';
import type { Answer } from './openid-provider.js';

const PAGE: Answer = { type: 'text/html', body: '<h1>Welcome to the proxy</h1>' };
const answer = (value: unknown): Answer => ({ body: JSON.stringify(value) });

type Change = (provider: OpenIdProvider) => Record<string, Answer>;
const METADATA = '/.well-known/openid-configuration';
const metadata =
  (change: Record<string, unknown>): Change =>
  (provider) => ({
    [METADATA]: answer({ ...provider.metadata(), ...change }),
  });
const device =
  (change: Record<string, unknown>): Change =>
  ({ issuer }) => ({
    '/device': answer({
      device_code: madeUpSecret(),
      user_code: 'BCDF-GHJK',
      verification_uri: `${issuer}/activate`,
      expires_in: 60,
      interval: 0.1,
      ...change,
    }),
  });
/** Somebody has entered the code, and this is what the program gets for it. */
const tokens =
  (given: Answer): Change =>
  (provider) => ({ ...device({})(provider), '/token': given });

const CASES: readonly (readonly [what: string, change: Change, code: number, sentence: RegExp])[] = [
  ['answers with a page', () => ({ [METADATA]: PAGE }), 5, /did not say how to log in/],
  ['has trouble of its own', () => ({ [METADATA]: { status: 500, body: 'out of order' } }), 5, /did not say how/],
  ['says it is another one', metadata({ issuer: 'https://elsewhere.internal' }), 5, /did not say how to log in/],
  ['offers no device codes', metadata({ device_authorization_endpoint: undefined }), 2, /offers no login by device/],
  ['has an endpoint that is none', metadata({ device_authorization_endpoint: 'device' }), 5, /not answer as it should/],
  [
    'has an endpoint nobody must use',
    metadata({ token_endpoint: 'ftp://127.0.0.1/token' }),
    5,
    /not answer as it should/,
  ],
  [
    'does not know the program',
    () => ({ '/device': { status: 401, body: '{"error":"invalid_client"}' } }),
    4,
    /refused the login: invalid_client/,
  ],
  ['answers with a page where a code was asked for', () => ({ '/device': PAGE }), 5, /not answer as it should/],
  ['gives no code', device({ user_code: undefined }), 5, /not answer as it should/],
  ['gives a code for a time that is none', device({ expires_in: 'soon' }), 5, /not answer as it should/],
  ['gives a code that would clear the screen', device({ user_code: '\x1b[2J', expires_in: 0.5 }), 4, /code \\x1b\[2J/],
  [
    'gives a code for longer than anybody waits',
    (provider) => ({
      ...tokens({ status: 403, body: '{"error":"no"}' })(provider),
      ...device({ expires_in: 1e15 })(provider),
    }),
    4,
    /refused the login: no/,
  ],
  ['answers with a page where a token was asked for', tokens(PAGE), 5, /not answer as it should/],
  ['gives no token', tokens(answer({ token_type: 'Bearer' })), 5, /not answer as it should/],
  [
    'gives a token of a kind nobody knows',
    tokens(answer({ token_type: 'seal', access_token: madeUpSecret() })),
    5,
    /not answer as it should/,
  ],
  [
    'gives a token of several lines',
    tokens(answer({ token_type: 'Bearer', access_token: `${madeUpSecret()}\nX: y` })),
    5,
    /not answer as it should/,
  ],
];

describe.concurrent('a login with a provider that', () => {
  const closers: (() => Promise<void>)[] = [];
  afterAll(async () => {
    await Promise.all(closers.map((close) => close()));
  });

  async function logIn(provider: { login: readonly string[] }) {
    const snapback = await CommandLine.open();
    closers.push(() => snapback.remove());
    const ran = await snapback.run(['login', `http://127.0.0.1:${await freePort()}`, ...provider.login]);
    return { ...ran, kept: existsSync(snapback.profiles) };
  }

  it.for(sampleOf(CASES, 8))('%s ends with a sentence', async ([, change, code, sentence], { expect }) => {
    const answers: Record<string, Answer> = {};
    const provider = await OpenIdProvider.start({ instead: (path) => answers[path] });
    closers.push(() => provider.close());
    Object.assign(answers, change(provider));
    const ran = await logIn(provider);
    expect(ran).toEqual({ code, out: '', err: expect.stringMatching(sentence), kept: false });
    expect(ran.err).not.toMatch(/^ +at |fault of the program|undefined|TypeError/m);
    expect(ran.err).not.toContain('\x1b');
    expect(secretIn(ran.err), 'of what is said').toBeUndefined();
  });

  it.for([
    ['is not there', 'http://127.0.0.1:PORT', 5, /did not say how to log in: connect ECONNREFUSED/],
    ['is no address', 'sign-in', 2, /"sign-in" is no URL of an issuer/],
    ['would be told in clear', 'http://sign-in.internal', 2, /http:\/\/sign-in\.internal is not reached by https/],
  ] as const)('%s ends with a sentence', async ([, issuer, code, sentence], { expect }) => {
    const ran = await logIn({
      login: ['--issuer', issuer.replace('PORT', String(await freePort())), '--client-id', CLIENT_ID],
    });
    expect(ran).toEqual({ code, out: '', err: expect.stringMatching(sentence), kept: false });
  });
});
