import type { NextFunction, Request, RequestHandler, Response } from 'express';
import helmet, { strictTransportSecurity } from 'helmet';

/** For answers that are data: nothing may be loaded, run, framed or sent from them, whatever somebody takes them for. */
const DATA_POLICY = { defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] };

/** For pages: what this process serves and nothing else, nothing inline. Style sheets have pictures as `data:`. */
export const PAGE_POLICY = {
  ...DATA_POLICY,
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
};

/** For the guide: its style sheet, its pictures, and the script that searches in it, which asks nobody for anything. */
const GUIDE_POLICY = { ...DATA_POLICY, scriptSrc: ["'self'"], styleSrc: ["'self'"], imgSrc: ["'self'"] };

/** The pages that are served beside the console's, each with the policy of what stands at or below it. Express minds neither capitals nor a slash at the end. */
const PAGES = [
  { path: /^\/docs(\/.*)?$/i, policy: PAGE_POLICY },
  { path: /^\/guide(\/.*)?$/i, policy: GUIDE_POLICY },
];

/** Half a year, in seconds. */
const STRICT_TRANSPORT_SECONDS = 15_552_000;

/** The headers of answers that are written without Express. */
export const RAW_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
};

/**
 * Headers that keep browsers from doing with an answer what it was not made for. Answers are not kept by anybody;
 * the pages and their files may be, when they are asked for again.
 */
export function securityHeaders(): RequestHandler {
  const data = headersWith(DATA_POLICY);
  const pages = PAGES.map(({ path, policy }) => ({ path, headers: headersWith(policy) }));
  const onlyTls = strictTransportSecurity({ maxAge: STRICT_TRANSPORT_SECONDS, includeSubDomains: false });
  return (request: Request, response: Response, next: NextFunction) => {
    const page = pages.find(({ path }) => path.test(request.path));
    response.setHeader('Cache-Control', page === undefined ? 'no-store' : 'no-cache');
    const headers = page?.headers ?? data;
    headers(request, response, (error?: unknown) => {
      if (error !== undefined) return next(error);
      // Only who came by TLS is told to keep to it: on a laptop there is none.
      if (request.secure) onlyTls(request, response, next);
      else next();
    });
  };
}

/** For what serves pages of its own: they take the place of those that every answer has. */
export function headersWith(directives: Record<string, string[]>): RequestHandler {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: false,
  });
}
