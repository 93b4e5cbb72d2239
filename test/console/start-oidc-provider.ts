import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { madeUpSecret } from '../harness/secret-mark.js';

/** What its access tokens are for. */
export const AUDIENCE = 'urn:snapback:console-test';
export const CLIENT_ID = 'snapback-console';
/** In seconds. */
const HOUR = 3600;

export interface TestProvider {
  issuer: string;
  /** What the service has to be told of it. */
  env: NodeJS.ProcessEnv;
  /** How long the tokens hold that it gives from now on, in seconds. */
  lifetimeSeconds: number;
  /** How it has been asked for tokens: the grant types, in order. */
  grants: string[];
  /** Nothing answers any more; or it does again. */
  leave(): Promise<void>;
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A real OpenID Connect provider on this machine, whose pages let anybody in by any name and password. Its keys are of the kind that a
 * client does not take without having been told.
 *
 * @param consoleUrl is asked for where people are sent back to, once it is known
 */
export async function startOidcProvider(consoleUrl: string): Promise<TestProvider> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = { ...privateKey.export({ format: 'jwk' }), kid: 'test', use: 'sig', alg: 'ES256' };
  let server = createServer();
  const port = await listening(server, 0);
  const issuer = `http://127.0.0.1:${port}`;
  const test = { lifetimeSeconds: HOUR, grants: [] as string[] };
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        redirect_uris: [`${consoleUrl}/sign-in/callback`],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: { keys: [key] },
    cookies: { keys: [madeUpSecret()] },
    // Said, so that it does not warn of its defaults.
    ttl: {
      Interaction: HOUR,
      Session: HOUR,
      Grant: HOUR,
      AccessToken: () => test.lifetimeSeconds,
      IdToken: HOUR,
      RefreshToken: HOUR,
    },
    findAccount: (_: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
    clientBasedCORS: () => true,
    issueRefreshToken: () => Promise.resolve(true),
    extraTokenClaims: () => Promise.resolve({ org: 'acme', permissions: ['admin'] }),
    features: {
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () =>
          Promise.resolve({
            scope: '',
            audience: AUDIENCE,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'ES256' } },
          }),
      },
    },
  });
  const answer = provider.callback();
  const serve = (to: Server) =>
    to.on('request', (request, response) => {
      if (request.url === '/token' && request.method === 'POST') {
        request.once('data', (body: Buffer) => test.grants.push(/grant_type=(\w+)/.exec(body.toString())?.[1] ?? ''));
      }
      void answer(request, response);
    });
  serve(server);
  const leave = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return Object.assign(test, {
    issuer,
    env: {
      JWT_SECRET: '',
      JWT_JWKS_URL: `${issuer}/jwks`,
      JWT_KEYS_COOLDOWN_SECONDS: '1',
      JWT_ISSUER: issuer,
      JWT_AUDIENCE: AUDIENCE,
      CONSOLE_OIDC_ISSUER: issuer,
      CONSOLE_OIDC_CLIENT_ID: CLIENT_ID,
      CONSOLE_OIDC_AUDIENCE: AUDIENCE,
    },
    leave,
    comeBack: async () => {
      server = createServer();
      serve(server);
      await listening(server, port);
    },
    stop: leave,
  });
}

async function listening(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
