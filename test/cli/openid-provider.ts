import { generateKeyPairSync, randomInt, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { mintToken } from '../../src/auth/minting/mint-token.js';
import { PERMISSIONS } from '../../src/auth/permission.js';
import { madeUpSecret } from '../harness/secret-mark.js';
import { TEST_SECRET } from '../harness/tokens.js';

export const CLIENT_ID = 'snapback-cli';
/** Of the tokens that the test service accepts. */
export const AUDIENCE = 'snapback';

export interface ProviderOptions {
  /** Of access tokens, in seconds. */
  lifetime?: number;
  /** Of codes, in seconds. */
  codeLifetime?: number;
  /** How often it says that it is asked too often. */
  slowDowns?: number;
  /** How long it takes to renew a login. */
  renewalMs?: number;
  /** One refresh token is good for all renewals, and is said once. */
  keepsRefresh?: boolean;
  /** In place of its own answer, by path; undefined: its own. */
  instead?: (path: string) => Answer | undefined;
}

export interface Answer {
  status?: number;
  type?: string;
  body: string;
}

interface Code {
  userCode: string;
  scope: string;
  audience: string | null;
  expiresAt: number;
  state: 'pending' | 'approved' | 'denied';
}

/** One login. Whoever comes with a refresh token that was used before ends it for all: one of the two has stolen it. */
interface Grant {
  scope: string;
  audience: string | null;
  refresh: string | undefined;
  isOver: boolean;
}

/**
 * An OpenID Connect provider with the device grant (RFC 8628), as they are: refresh tokens are good for one renewal, and a request that is made for no
 * audience gets a token that the service does not accept.
 */
export class OpenIdProvider {
  /** How often a login was renewed, and how often somebody came with a refresh token that had been used. */
  readonly counted = { renewals: 0, reuses: 0 };
  private readonly codes = new Map<string, Code>();
  private readonly grants = new Map<string, Grant>();
  private readonly key: KeyObject = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  private readonly server: Server;

  private constructor(readonly options: ProviderOptions) {
    this.server = createServer((request, response) => {
      this.answer(request).then(
        ({ status = 200, type = 'application/json', body }) =>
          response.writeHead(status, { 'content-type': type }).end(body),
        () => response.destroy(),
      );
    });
  }

  static async start(options: ProviderOptions = {}): Promise<OpenIdProvider> {
    const provider = new OpenIdProvider(options);
    await once(provider.server.listen(0, '127.0.0.1'), 'listening');
    return provider;
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What somebody who logs in says. */
  get login(): readonly string[] {
    return ['--issuer', this.issuer, '--client-id', CLIENT_ID, '--audience', AUDIENCE];
  }

  /** What somebody does who has entered the code at the page, and is known there. */
  decide(userCode: string, state: 'approved' | 'denied'): void {
    const code = [...this.codes.values()].find((each) => each.userCode === userCode);
    if (code === undefined) throw new Error(`Nobody was given the code ${userCode}.`);
    code.state = state;
  }

  /** Nobody is logged in any more. */
  endAll(): void {
    for (const grant of this.grants.values()) grant.isOver = true;
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage): Promise<Answer> {
    const path = request.url ?? '/';
    const instead = this.options.instead?.(path);
    if (instead !== undefined) return instead;
    if (path === '/.well-known/openid-configuration') return json(this.metadata());
    const asked = new URLSearchParams(await text(request));
    if (asked.get('client_id') !== CLIENT_ID) return refusal('invalid_client', 401);
    if (path === '/device') return this.newCode(asked);
    if (path !== '/token') return refusal('not_found', 404);
    return asked.get('grant_type') === 'refresh_token' ? this.renew(asked) : this.exchange(asked);
  }

  metadata(): Record<string, unknown> {
    return {
      issuer: this.issuer,
      device_authorization_endpoint: `${this.issuer}/device`,
      token_endpoint: `${this.issuer}/token`,
      jwks_uri: `${this.issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    };
  }

  private newCode(asked: URLSearchParams): Answer {
    const { codeLifetime = 60 } = this.options;
    const deviceCode = madeUpSecret();
    const userCode = `${letters(4)}-${letters(4)}`;
    const expiresAt = Date.now() + codeLifetime * 1000;
    const [scope, audience] = [asked.get('scope') ?? '', asked.get('audience')];
    this.codes.set(deviceCode, { userCode, scope, audience, expiresAt, state: 'pending' });
    return json({
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: `${this.issuer}/activate`,
      expires_in: codeLifetime,
      interval: 1,
    });
  }

  private exchange(asked: URLSearchParams): Answer {
    const code = this.codes.get(asked.get('device_code') ?? '');
    if (code === undefined) return refusal('invalid_grant');
    if (this.options.slowDowns !== undefined && this.options.slowDowns > 0) {
      this.options.slowDowns -= 1;
      return refusal('slow_down');
    }
    if (Date.now() > code.expiresAt) return refusal('expired_token');
    if (code.state === 'denied') return refusal('access_denied', 400, 'The person said no');
    if (code.state === 'pending') return refusal('authorization_pending');
    return this.tokens({ scope: code.scope, audience: code.audience, refresh: undefined, isOver: false });
  }

  private async renew(asked: URLSearchParams): Promise<Answer> {
    await pause(this.options.renewalMs ?? 0, undefined, { ref: false });
    const refresh = asked.get('refresh_token') ?? '';
    const grant = this.grants.get(refresh);
    if (grant === undefined || grant.isOver) return refusal('invalid_grant');
    if (grant.refresh !== refresh) {
      this.counted.reuses += 1;
      grant.isOver = true;
      return refusal('invalid_grant');
    }
    this.counted.renewals += 1;
    return this.tokens(grant);
  }

  private tokens(grant: Grant): Answer {
    const { lifetime = 3600, keepsRefresh = false } = this.options;
    const scopes = grant.scope.split(' ');
    const fresh = scopes.includes('offline_access') && !(keepsRefresh && grant.refresh !== undefined);
    if (fresh) this.grants.set((grant.refresh = madeUpSecret()), grant);
    const access = {
      secret: TEST_SECRET,
      issuer: 'snapback',
      audience: grant.audience ?? CLIENT_ID,
      organization: 'acme',
      subject: 'somebody',
      permissions: PERMISSIONS,
      projects: null,
      lifetimeSeconds: lifetime,
    };
    return json({
      token_type: 'Bearer',
      access_token: mintToken(access, new Date()),
      expires_in: lifetime,
      ...(fresh && { refresh_token: grant.refresh }),
      ...(scopes.includes('openid') && { id_token: this.idToken() }),
    });
  }

  private idToken(): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: this.issuer, aud: CLIENT_ID, sub: 'somebody', iat: now, exp: now + 300 };
    const signed = [{ alg: 'RS256', typ: 'JWT' }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    return `${signed}.${sign('sha256', Buffer.from(signed), this.key).toString('base64url')}`;
  }
}

function json(value: unknown, status = 200): Answer {
  return { status, body: JSON.stringify(value) };
}

function refusal(error: string, status = 400, description?: string): Answer {
  return json({ error, ...(description !== undefined && { error_description: description }) }, status);
}

/** As many, of those that nobody takes for others. */
function letters(count: number): string {
  return Array.from({ length: count }, () => 'BCDFGHJKLMNPQRSTVWXZ'[randomInt(20)]).join('');
}
