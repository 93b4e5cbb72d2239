/** As in the contract: a name or an address. What is left out are paths of unix sockets and lists of hosts. */
const HOST = /^[A-Za-z0-9]([A-Za-z0-9._:-]*[A-Za-z0-9])?$|^::1$/;

/** Whether this is one host: no path of a unix socket, no list, nothing encoded. */
export function isHost(text: string): boolean {
  return text.length <= 253 && HOST.test(text);
}

/** Whether a host is allowed by its whole name, so that it may also lead to this machine: what `*` allows may not. */
export function isNamedHost(host: string, allowed: readonly string[]): boolean {
  return allowed.some((entry) => entry.toLowerCase() === host.toLowerCase());
}

/**
 * Whether environments may name this host. `allowed` holds hosts, `*.example.com` for everything below example.com, or `*`
 * for any; an empty list allows none. Names are compared as text: an address is not allowed because the name that leads to it
 * is, nor the other way round.
 */
export function isAllowedHost(host: string, allowed: readonly string[]): boolean {
  const name = host.toLowerCase();
  return allowed.some((entry) => {
    const pattern = entry.toLowerCase();
    if (pattern === '*') return true;
    return pattern.startsWith('*.')
      ? name.endsWith(pattern.slice(1)) && name.length >= pattern.length
      : name === pattern;
  });
}

/**
 * Whether two servers are the same by their names alone, to one machine: all names of that machine itself are one. False says
 * only that the names differ.
 */
export function isSameServer(one: { host: string; port: number }, other: { host: string; port: number }): boolean {
  if (one.port !== other.port) return false;
  return plain(one.host) === plain(other.host) || (isLoopback(one.host) && isLoopback(other.host));
}

function isLoopback(host: string): boolean {
  const name = plain(host);
  return name === 'localhost' || name === '::1' || name === '[::1]' || name.startsWith('127.');
}

/** Names are equal in any case, and with the dot that ends them or without it. */
function plain(host: string): string {
  return host.toLowerCase().replace(/(?<=.)\.$/, '');
}
