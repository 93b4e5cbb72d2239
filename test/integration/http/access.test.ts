import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Param } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CurrentCaller, Public, Requires } from '../../../src/auth/access.decorators.js';
import type { Caller } from '../../../src/auth/caller.js';
import { mintToken } from '../../../src/auth/minting/mint-token.js';
import { PERMISSIONS } from '../../../src/auth/permission.js';
import { SECRET, startApp, type TestApp } from './app.js';
import { bearer, token } from './tokens.js';

@Controller()
class Callers {
  @Get('projects')
  @Requires('environments:read')
  projectList(@CurrentCaller() caller: Caller): object {
    const { subject, organization, permissions, projects } = caller;
    return { subject, organization, permissions: [...permissions], projects };
  }

  @Get('environments/:environmentId/snapshot-settings')
  @Requires('settings:read')
  settingsView(@Param() path: object): object {
    return path;
  }

  @Get('health/live')
  @Public()
  healthLive(): object {
    return { status: 'ok', checks: {} };
  }
}

const ask = (service: TestApp, text?: string): Promise<Response> =>
  fetch(`${service.url}/api/v1/projects`, { headers: text === undefined ? {} : bearer(text) });

describe('access with a shared secret', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startApp([Callers]);
  });
  afterAll(() => service.close());

  it('lets a valid token in and hands over its caller', async () => {
    const projects = ['6f2c1a52-3f0b-4e0e-9d67-0a4b7f6f1c01'];
    const response = await ask(service, token({ permissions: ['environments:read'], projects }));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      subject: 'ci@acme',
      organization: 'acme',
      permissions: ['environments:read'],
      projects,
    });
  });

  it('lets in what `npm run token` mints', async () => {
    const minted = mintToken(
      {
        secret: SECRET,
        issuer: 'snapback',
        audience: 'snapback',
        subject: 'developer',
        organization: 'acme',
        permissions: PERMISSIONS,
        projects: null,
        lifetimeSeconds: 60,
      },
      new Date(),
    );
    expect((await ask(service, minted)).status).toBe(200);
  });

  it('asks for a token when there is none', async () => {
    const response = await ask(service);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(response.headers.get('content-type')).toMatch('application/problem+json');
    expect(await response.json()).toEqual({
      type: 'urn:snapback:problem:unauthenticated',
      title: 'Not authenticated',
      status: 401,
      code: 'unauthenticated',
      detail: 'The request has no bearer token. Send a valid bearer token in the Authorization header.',
      instance: '/api/v1/projects',
    });
  });

  const past = Math.floor(Date.now() / 1000) - 60;
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();

  it.each([
    ['that is no token', 'abc', 'is not valid'],
    ['that has expired', token({ exp: past }), 'has expired'],
    ['that never expires', token({ exp: undefined }), 'no expiry'],
    ['that is not valid yet', token({ nbf: Date.now() / 1000 + 60 }), 'not valid yet'],
    ['for another service', token({ aud: 'mail' }), 'another service'],
    ['for no service', token({ aud: undefined }), 'another service'],
    ['of another issuer', token({ iss: 'evil' }), 'somebody else'],
    ['without a signature', token({}, { alg: 'none' }), 'is not valid'],
    ['with the signature cut off', `${token().split('.').slice(0, 2).join('.')}.`, 'is not valid'],
    ['signed with another key', token({}, { alg: 'HS256' }, 'another-secret-of-thirty-two-characters'), 'is not valid'],
    ['signed with a key pair', token({}, { alg: 'RS256' }, privateKey), 'is not valid'],
    ['that names an algorithm which is not allowed', token({}, { alg: 'HS512' }), 'is not valid'],
    ['without a subject', token({ sub: undefined }), '"sub"'],
    ['without an organization', token({ org: undefined }), '"org"'],
    ['whose permissions are one text', token({ permissions: 'environments:read' }), '"permissions"'],
    ['whose projects are null', token({ projects: null }), '"projects"'],
  ])('refuses a token %s', async (_, text, why) => {
    const response = await ask(service, text);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    expect(((await response.json()) as { detail: string }).detail).toContain(why);
  });

  it('refuses other schemes', async () => {
    const response = await fetch(`${service.url}/api/v1/projects`, { headers: { authorization: `Basic ${token()}` } });
    expect(response.status).toBe(401);
  });

  it('names the permission that a token lacks, before it looks at the request', async () => {
    const response = await fetch(`${service.url}/api/v1/environments/not-a-uuid/snapshot-settings`, {
      headers: bearer(token()),
    });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({
      code: 'permission-missing',
      detail: 'The token lacks the permission settings:read; ask for one that has it.',
    });
  });

  it('asks nobody who looks at the health', async () => {
    expect((await fetch(`${service.url}/api/v1/health/live`)).status).toBe(200);
    expect((await fetch(`${service.url}/api/v1/health/live`, { headers: bearer('rubbish') })).status).toBe(200);
  });

  it('keeps to its own keys when another application starts beside it', async () => {
    const other = await startApp([Callers], { env: { JWT_SECRET: 'the-secret-of-another-application' } });
    try {
      expect((await ask(service, token())).status).toBe(200);
      expect((await ask(other, token())).status).toBe(401);
    } finally {
      await other.close();
    }
  });

  describe('with the keys of an identity provider', () => {
    const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const keys = [
      { ...publicKey.export({ format: 'jwk' }), kid: 'rsa', use: 'sig', alg: 'RS256' },
      { ...createPublicKey(elliptic.privateKey).export({ format: 'jwk' }), kid: 'ec', use: 'sig', alg: 'ES256' },
    ];
    let asked = 0;
    const provider = createServer((_, response) => {
      asked += 1;
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
    });
    let federated: TestApp;

    beforeAll(async () => {
      await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
      const { port } = provider.address() as AddressInfo;
      federated = await startApp([Callers], { env: { JWT_JWKS_URL: `http://127.0.0.1:${port}/keys` } });
    });
    afterAll(async () => {
      await federated.close();
      await new Promise((resolve) => provider.close(resolve));
    });

    it('lets RS256 and ES256 in, asking for the keys once', async () => {
      for (let round = 0; round < 3; round += 1) {
        expect((await ask(federated, token({}, { alg: 'RS256', kid: 'rsa' }, privateKey))).status).toBe(200);
        expect((await ask(federated, token({}, { alg: 'ES256', kid: 'ec' }, elliptic.privateKey))).status).toBe(200);
      }
      expect(asked).toBe(1);
    });

    it.each([
      ['that takes the public key for a secret', token({}, { alg: 'HS256', kid: 'rsa' }, publicPem)],
      ['without a signature', token({}, { alg: 'none', kid: 'rsa' })],
      ['of another key that claims to be theirs', token({}, { alg: 'RS256', kid: 'rsa' }, stranger.privateKey)],
      ['of a key they do not have', token({}, { alg: 'RS256', kid: 'mine' }, stranger.privateKey)],
      ['with a key of another kind', token({}, { alg: 'RS256', kid: 'ec' }, privateKey)],
      ['with an algorithm that is not allowed', token({}, { alg: 'RS384', kid: 'rsa' }, privateKey)],
      ['that has expired', token({ exp: past }, { alg: 'RS256', kid: 'rsa' }, privateKey)],
      ['for another service', token({ aud: 'mail' }, { alg: 'ES256', kid: 'ec' }, elliptic.privateKey)],
    ])('refuses a token %s', async (_, text) => {
      expect((await ask(federated, text)).status).toBe(401);
    });

    it('answers 503, not 401, when the keys are not to be had', async () => {
      const lonely = await startApp([Callers], { env: { JWT_JWKS_URL: 'http://127.0.0.1:9/keys' } });
      try {
        const response = await ask(lonely, token({}, { alg: 'RS256', kid: 'rsa' }, privateKey));
        expect(response.status).toBe(503);
        expect(await response.json()).toMatchObject({ code: 'service-unavailable' });
        expect(response.headers.has('www-authenticate')).toBe(false);
      } finally {
        await lonely.close();
      }
    });
  });
});
