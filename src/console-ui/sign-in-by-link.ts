import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { isLoopbackHost } from '../config/loopback.js';
import { jsonBodyReader } from '../contract/json-body.js';
import { errors } from '../errors/catalogue.js';
import type { SignInLink } from './sign-in-link.js';

const SIGN_IN_PATH = '/console/sign-in';

export interface SignedIn {
  token: string;
  expiresAt: string;
}

/** A code has 43 characters. */
const LARGEST_BODY_BYTES = 512;
const ELSEWHERE = 'A link signs in on the machine on which the service runs, in a browser that opens it there.';
const NOT_GOOD =
  'This link has been used, or is too old. The terminal in which the service runs shows a new one after each use: open that.';

/**
 * Gives a token for the code of a link, to a page of this service in a browser of this machine. A name that somebody has made lead here
 * (DNS rebinding) is no loopback name, and a page of another site has another origin.
 *
 * @param mint is called once for each link
 */
export function signInByLink(link: SignInLink, mint: () => Promise<SignedIn>): RequestHandler {
  const bodyOf = jsonBodyReader(LARGEST_BODY_BYTES);
  return async (request: Request, response: Response, next: NextFunction) => {
    if (request.path !== SIGN_IN_PATH || request.method !== 'POST') return next();
    if (!isOfThisMachine(request)) throw errors.signInRefused(ELSEWHERE);
    const body = (await bodyOf(request, response)) as { code?: unknown } | null | undefined;
    const code = body?.code;
    if (typeof code !== 'string' || !link.redeem(code)) throw errors.signInRefused(NOT_GOOD);
    response.json(await mint());
  };
}

function isOfThisMachine({ socket, headers }: Request): boolean {
  const url = URL.parse(`http://${headers.host}`);
  return (
    isLoopbackHost(socket.remoteAddress ?? '') &&
    url !== null &&
    isLoopbackHost(url.hostname) &&
    headers.origin === url.origin
  );
}
