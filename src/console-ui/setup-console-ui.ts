import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { headersWith, PAGE_POLICY } from '../http/security-headers.js';
import { consoleFiles } from './console-files.js';
import { PAGES, pageMaker } from './console-page.js';
import type { ConsoleConfig } from './console-page.js';

/** Beside this in a build, and in the newest build where this runs from source. */
const BUILT = join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? '../../dist/console' : '../../console');
const NONCE_BYTES = 16;

/**
 * Serves the console at /, and each of its pages at its own address. Everything comes from this process.
 *
 * @param config asked for with each page
 * @param directory where the built console is
 */
export function setupConsoleUi(
  app: NestExpressApplication,
  config: () => ConsoleConfig | Promise<ConsoleConfig>,
  directory = BUILT,
): void {
  const page = pageMaker(readFileSync(join(directory, 'index.html'), 'utf8'));
  app.use(consoleFiles(directory));
  app.use(async (request: Request, response: Response, next: NextFunction) => {
    if (!PAGES.test(request.path) || (request.method !== 'GET' && request.method !== 'HEAD')) return next();
    const told = await config();
    const nonce = randomBytes(NONCE_BYTES).toString('base64');
    headersWith(policyOf(nonce, told))(request, response, (error?: unknown) =>
      error === undefined ? response.type('text/html').send(page(nonce, told)) : next(error),
    );
  });
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
