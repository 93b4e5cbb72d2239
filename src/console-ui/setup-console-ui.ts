import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { fetchDocument } from '../auth/verification/fetch-document.js';
import { builtDirectory } from '../builds/built-directory.js';
import type { Configuration } from '../config/configuration.js';
import { headersWith, PAGE_POLICY } from '../http/security-headers.js';
import { VERSION } from '../processes/version.js';
import { consoleFiles } from './console-files.js';
import { PAGES, pageMaker } from './console-page.js';
import type { ConsoleConfig } from './console-page.js';
import { discoveryUrl, oidcSettings, parseProvider } from './oidc-provider.js';
import { ownTokens } from './own-machine.js';
import { ProviderOfNow } from './provider-of-now.js';
import { signInByLink } from './sign-in-by-link.js';
import type { SignInLink } from './sign-in-link.js';

const NONCE_BYTES = 16;

/**
 * Serves the console at /, and each of its pages at its own address. Everything comes from this process.
 *
 * @param link the one-time link of a service on one's own machine
 * @param directory where the built console is
 */
export function setupConsoleUi(
  app: NestExpressApplication,
  configuration: Configuration,
  link: SignInLink | undefined,
  directory = builtDirectory('console'),
): void {
  const page = pageMaker(readFileSync(join(directory, 'index.html'), 'utf8'));
  const provider = providerOf(configuration);
  const configOfNow = async (): Promise<ConsoleConfig> => ({
    version: VERSION,
    signInLink: link !== undefined,
    ...(await provider()),
  });
  app.use(consoleFiles(directory));
  app.use(async (request: Request, response: Response, next: NextFunction) => {
    if (!PAGES.test(request.path) || (request.method !== 'GET' && request.method !== 'HEAD')) return next();
    const config = await configOfNow();
    const nonce = randomBytes(NONCE_BYTES).toString('base64');
    headersWith(policyOf(nonce, config))(request, response, (error?: unknown) =>
      error === undefined ? response.type('text/html').send(page(nonce, config)) : next(error),
    );
  });
  if (link !== undefined) app.use(signInByLink(link, ownTokens(configuration)));
}

/** What pages are told of the provider, which is asked as often as for its keys. */
function providerOf(configuration: Configuration): () => Promise<Pick<ConsoleConfig, 'oidc' | 'oidcAway'>> {
  const settings = oidcSettings(configuration);
  if (settings === undefined) return () => Promise.resolve({ oidc: null, oidcAway: null });
  const ofNow = new ProviderOfNow({
    fetch: async () => parseProvider(await fetchDocument(discoveryUrl(settings)), settings),
    cooldownMs: configuration.JWT_KEYS_COOLDOWN_SECONDS * 1000,
    refreshMs: configuration.JWT_KEYS_REFRESH_SECONDS * 1000,
  });
  return async () => {
    const oidc = (await ofNow.get()) ?? null;
    return { oidc, oidcAway: oidc === null ? new URL(settings.issuer).host : null };
  };
}

/**
 * Beside what this process serves: style elements that bear the nonce, for libraries make such; and to ask the provider for tokens, whose
 * page signs people in.
 */
function policyOf(nonce: string, { oidc }: ConsoleConfig): Record<string, string[]> {
  return {
    ...PAGE_POLICY,
    styleSrc: ["'self'", `'nonce-${nonce}'`],
    connectSrc: ["'self'", ...(oidc === null ? [] : [new URL(oidc.tokenEndpoint).origin])],
  };
}
