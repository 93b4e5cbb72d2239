import { usage } from '../outcome/outcome-error.js';

/** The address of a service, without a slash at its end. Paths are kept: a proxy may have put it below one. */
export function serviceUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw usage(`"${text}" is no address of a service; it is one like https://snapback.internal.`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw usage('The address of a service has no user, no password, no "?" and no "#".');
  }
  // Pasted from a browser, or from an example for curl.
  return `${url.origin}${url.pathname.replace(/\/+$/, '').replace(/\/(api\/v1|docs)$/, '')}`;
}

/** Within this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
