import { isSpecialAddress } from '../../engine/network/public-address.js';
import { isAllowedHost, isNamedHost } from '../../projects/connections/database-hosts.js';

/** What is wrong with the URL of a webhook, as the rest of a sentence; null when nothing is. Nobody is connected to. Pure. */
export function problemOfUrl(text: string, allowedHosts: readonly string[]): string | null {
  if (!URL.canParse(text)) return 'must be a URL with a host that can be';
  const { protocol, hostname, username, password, hash } = new URL(text);
  if (username !== '' || password !== '') return 'must have no user and no password';
  if (hash !== '') return 'must have no fragment';
  if (!isAllowedHost(hostname, allowedHosts))
    return 'must have one of the hosts that the service allows to your organization (WEBHOOK_HOSTS)';
  if (isNamedHost(hostname, allowedHosts)) return null;
  if (isSpecialAddress(hostname)) return 'must not lead to the machine of the service, unless WEBHOOK_HOSTS names it';
  return protocol === 'https:' ? null : 'must begin with https://, unless WEBHOOK_HOSTS names its host';
}
