import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SECRET, startApp, type TestApp } from '../integration/http/app.js';
import { bearer, claims, token } from '../integration/http/tokens.js';
import { Callers, KeyServer, providerKey } from './key-server.js';

const now = Math.floor(Date.now() / 1000);

/** A token whose claims are this text: JSON can say more than `JSON.stringify` does. */
function signedText(text: string): string {
  const header = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url');
  const signed = `${header}.${Buffer.from(text).toString('base64url')}`;
  return `${signed}.${createHmac('sha256', SECRET).update(signed).digest('base64url')}`;
}

/** The claims of a good token with one of them written like this. */
function withClaim(name: string, json: string): string {
  const others = Object.entries(claims()).filter(([one]) => one !== name);
  return signedText(`{${others.map(([one, value]) => `"${one}":${JSON.stringify(value)}`).join()},"${name}":${json}}`);
}

const header = (more: Record<string, unknown>): string => token({}, { alg: 'HS256', ...more });

describe('a token signed with the right secret', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startApp([Callers]);
  });
  afterAll(() => service.close());
  const ask = (text: string): Promise<Response> => fetch(`${service.url}/api/v1/projects`, { headers: bearer(text) });

  it.each([
    ['exp', '1e999'],
    ['exp', '1e300'],
    ['exp', `${now + 3600}000`],
    ['exp', `"${now + 3600}"`],
    ['exp', `[${now + 3600}]`],
    ['exp', 'null'],
    ['exp', 'true'],
    ['nbf', '-1e999'],
    ['nbf', '-1'],
    ['nbf', 'null'],
    ['nbf', '1e999'],
    ['nbf', `[${now}]`],
    ['iat', '1e999'],
    ['iat', '-1e999'],
    ['iat', String(now + 60)],
    ['iat', `"${now}"`],
    ['iat', 'null'],
    ['iat', '{}'],
    ['aud', '["snapback",7]'],
    ['aud', '["snapback",null]'],
    ['aud', '[["snapback"]]'],
    ['aud', '{"0":"snapback"}'],
    ['aud', '[]'],
    ['aud', '"Snapback"'],
    ['aud', '"snapback "'],
    ['iss', '["snapback"]'],
    ['sub', '["ci@acme"]'],
    ['org', '{"toString":"acme"}'],
    ['permissions', '{"0":"environments:read","length":1}'],
    ['permissions', '[["environments:read"]]'],
    ['permissions', '"admin"'],
    ['permissions', 'null'],
    ['projects', '{"length":0}'],
  ])('is refused with the claim "%s": %s', async (name, json) => {
    expect((await ask(withClaim(name, json))).status).toBe(401);
  });

  it.each([
    ['crit', { crit: ['exp'], exp: 1 }],
    ['crit of something unknown', { crit: ['http://example.invalid/ext'] }],
    ['an empty crit', { crit: [] }],
    ['a crit that is null', { crit: null }],
    ['crit and a payload that is not encoded', { b64: false, crit: ['b64'] }],
    ['the type of a logout token', { typ: 'logout+jwt' }],
    ['the type of a proof of possession', { typ: 'dpop+jwt' }],
    ['a type that is no text', { typ: ['JWT'] }],
    ['another algorithm of a shared secret', { alg: 'HS512' }],
    ['the algorithm in small letters', { alg: 'hs256' }],
    ['several algorithms', { alg: ['HS256'] }],
  ])('is refused with %s in its header', async (_, more) => {
    expect((await ask(header(more))).status).toBe(401);
  });

  it.each([
    ['all but nothing', '{}'],
    ['no object', '[]'],
    ['null', 'null'],
    ['no JSON', 'snapback'],
  ])('is refused when it holds %s', async (_, text) => {
    expect((await ask(signedText(text))).status).toBe(401);
  });

  it('is refused when it is too long, whatever it says', async () => {
    const response = await ask(token({ padding: 'x'.repeat(16_000) }));
    expect([401, 431]).toContain(response.status);
  });

  it.each([
    ['several audiences, one of them twice', token({ aud: ['mail', 'snapback', 'snapback'] })],
    ['fractions of seconds', token({ exp: now + 3600.5, nbf: now - 0.5, iat: now - 0.25 })],
    ['no time of issue', token({ iat: undefined })],
    ['a clock that is three seconds ahead', token({ iat: now + 3 })],
    ['the type of an access token', header({ typ: 'at+jwt' })],
    ['the type in small letters', header({ typ: 'jwt' })],
    ['no type', header({ typ: undefined })],
  ])('is accepted with %s', async (_, text) => {
    expect((await ask(text)).status).toBe(200);
  });

  it('grants what its words stand for and nothing that only looks like one', async () => {
    const odd = ['__proto__', 'constructor', 'toString', 'Admin', 'admin ', 'all', '*', 'environments:*'];
    expect((await ask(token({ permissions: odd }))).status).toBe(403);
    const response = await ask(token({ permissions: ['viewer', ...odd] }));
    const { permissions } = (await response.json()) as { permissions: string[] };
    expect(permissions.length).toBeGreaterThan(0);
    expect(permissions.every((permission) => permission.endsWith(':read'))).toBe(true);
  });
});

describe('a token that brings or names its own key', () => {
  const mine = providerKey('rsa');
  let asked = 0;
  const attacker = createServer((_, response) => {
    asked += 1;
    response.end(JSON.stringify({ keys: [mine.jwk] }));
  });
  const theirs = providerKey('rsa', 'RS256');
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const published = [
    theirs.jwk,
    // The same name for keys of two kinds, as RFC 7517 allows.
    { ...providerKey('twice', 'RS256').jwk, kid: 'twice' },
    { ...small.publicKey.export({ format: 'jwk' }), kid: 'small', use: 'sig' },
    { kty: 'oct', kid: 'shared', k: Buffer.from(SECRET).toString('base64url'), use: 'sig' },
    { ...providerKey('encrypts').jwk, use: 'enc' },
  ];
  const provider = new KeyServer(published);
  let service: TestApp;
  let url: string;

  beforeAll(async () => {
    await new Promise<void>((resolve) => attacker.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(attacker.address() as { port: number }).port}/keys`;
    service = await startApp([Callers], { env: { JWT_JWKS_URL: await provider.start() } });
  });
  afterAll(async () => {
    await service.close();
    await provider.stop();
    attacker.closeAllConnections();
    await new Promise((resolve) => attacker.close(resolve));
  });

  const status = async (text: string): Promise<number> =>
    (await fetch(`${service.url}/api/v1/projects`, { headers: bearer(text) })).status;

  it('is refused, and nobody asks there', async () => {
    const tokens = [{ jku: url }, { x5u: url }, { jwk: mine.jwk }, { jku: url, jwk: mine.jwk, kid: undefined }].map(
      (more) => token({}, { alg: 'ES256', kid: 'rsa', ...more }, mine.privateKey),
    );
    expect(await Promise.all(tokens.map(status))).toEqual([401, 401, 401, 401]);
    expect(asked).toBe(0);
    expect(await status(token({}, { alg: 'RS256', kid: 'rsa' }, theirs.privateKey))).toBe(200);
  });

  it.each([
    ['uses a published shared secret', () => token({}, { alg: 'HS256', kid: 'shared' })],
    ['uses a key that is too small', () => signedWith(small.privateKey, { alg: 'RS256', kid: 'small' })],
    ['names a key that is for encryption', () => token({}, { alg: 'ES256', kid: 'encrypts' }, mine.privateKey)],
    ['names its key by a number', () => token({}, { alg: 'RS256', kid: 7 }, theirs.privateKey)],
    ['names its key by a list', () => token({}, { alg: 'RS256', kid: ['rsa'] }, theirs.privateKey)],
    ['names no key where there are several', () => token({}, { alg: 'RS256' }, theirs.privateKey)],
    ['names what every object has', () => token({}, { alg: 'RS256', kid: '__proto__' }, theirs.privateKey)],
  ])('is refused when it %s', async (_, text) => {
    expect(await status(text())).toBe(401);
  });
});

function signedWith(key: KeyObject, head: object): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${encode(head)}.${encode(claims())}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}
