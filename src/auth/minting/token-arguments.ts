import { parseArgs } from 'node:util';
import { BUNDLES, type Grant, isGrant, PERMISSIONS } from '../permission.js';

/** What a person asked `npm run token` for. */
export interface TokenArguments {
  /** Undefined: the one that the service is for. */
  organization: string | undefined;
  subject: string;
  permissions: readonly Grant[];
  projects: readonly string[] | null;
  lifetimeSeconds: number;
}

export const USAGE = `npm run token -- --permissions <bundle or permission,…> [--org <organization>]
                 [--subject <name>] [--expires 12h] [--projects <id,…>]`;

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Reads the command line. Throws an `Error` whose message is one sentence. */
export function parseTokenArguments(args: string[]): TokenArguments {
  const { values } = parseArgs({
    args,
    options: {
      org: { type: 'string' },
      permissions: { type: 'string' },
      subject: { type: 'string', default: 'developer' },
      expires: { type: 'string', default: '12h' },
      projects: { type: 'string' },
    },
  });
  if (values.org === '') throw new Error('--org must not be empty.');
  if (!values.permissions) throw new Error('--permissions is required.');
  if (!values.subject) throw new Error('--subject must not be empty.');
  return {
    organization: values.org,
    subject: values.subject,
    permissions: values.permissions === 'all' ? PERMISSIONS : split(values.permissions).map(toGrant),
    projects: values.projects === undefined ? null : split(values.projects).map(toProjectId),
    lifetimeSeconds: toSeconds(values.expires),
  };
}

function split(list: string): string[] {
  return list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function toGrant(text: string): Grant {
  if (isGrant(text)) return text;
  const words = [...BUNDLES, ...PERMISSIONS].join(', ');
  throw new Error(`--permissions must be "all" or some of ${words} (not "${text}").`);
}

function toProjectId(text: string): string {
  if (UUID.test(text)) return text;
  throw new Error(`--projects must be ids of projects separated by commas (not "${text}").`);
}

function toSeconds(text: string): number {
  const [, amount = '0', unit = ''] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  const seconds = Number(amount) * (SECONDS[unit] ?? 0);
  if (seconds > 0) return seconds;
  throw new Error(`--expires must be a number of seconds, minutes, hours or days, like 12h (not "${text}").`);
}
