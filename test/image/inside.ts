import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execute } from '../../scripts/toolchains/execute.js';
import { startPostgresServer } from '../harness/postgres-server.js';
import { baseImage } from './base-image.js';
import { buildImage, type BuildOptions } from './build-image.js';
import { scenario } from './scenario.js';

/*
 * What main.ts starts in a mount namespace of its own: everything that is mounted here is gone with this process.
 */

const ROOT = join(import.meta.dirname, '..', '..');
const CLIENTS = 'https://apt.postgresql.org/pub/repos/apt/dists/bookworm-pgdg/Release';
/** Of those that an engine gives a build as well. */
const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];

const directory = process.argv[2]!;
const say = (line: string) => console.log(line);

async function main(): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const args = await buildArguments();
  say(
    `Building the image, as the Dockerfile says${args['POSTGRESQL_VERSIONS'] === '' ? ', with Debian’s own client of PostgreSQL' : ''}.`,
  );
  const image = await buildImage({
    context: ROOT,
    directory,
    base: await baseImage(),
    args,
    network: await network(),
    say,
  });
  say(`It has ${await megabytes(image.root)} MB, of which its base ${await megabytes(await baseImage())}.`);
  const volumes = join(directory, 'volumes');
  await mkdir(volumes);
  await chmod(directory, 0o755);
  const server = await startPostgresServer({ parent: directory });
  try {
    await scenario({ image, directory: volumes, adminUrl: server.adminUrl, version, say });
  } finally {
    await server.remove();
  }
}

/** PostgreSQL's repository of packages cannot be reached from everywhere. The build then takes the other way that the Dockerfile knows. */
async function buildArguments(): Promise<Record<string, string>> {
  const given = process.env['POSTGRESQL_VERSIONS'];
  if (given !== undefined) return { POSTGRESQL_VERSIONS: given };
  const isThere = await fetch(CLIENTS, { method: 'HEAD', signal: AbortSignal.timeout(15_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
  if (isThere) return {};
  say('apt.postgresql.org cannot be reached: what the Dockerfile does for its clients of several majors is not tried.');
  return { POSTGRESQL_VERSIONS: '' };
}

/** Names are resolved as here, authorities that this machine trusts are trusted, and what npm has fetched once is not fetched again. */
async function network(): Promise<BuildOptions['network']> {
  const authorities = process.env['NODE_EXTRA_CA_CERTS'];
  const cache = (await execute({ run: ['npm', 'config', 'get', 'cache'] })).stdout.trim();
  const registry = (await execute({ run: ['npm', 'config', 'get', 'registry'] })).stdout.trim();
  await mkdir(cache, { recursive: true });
  const hasAuthorities = authorities !== undefined && existsSync(authorities);
  const proxies = PROXIES.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return {
    binds: [
      { from: '/etc/resolv.conf', to: '/etc/resolv.conf', readOnly: true },
      { from: '/etc/hosts', to: '/etc/hosts', readOnly: true },
      { from: cache, to: '/run/npm-cache' },
      ...(hasAuthorities ? [{ from: authorities, to: '/run/authorities.pem', readOnly: true }] : []),
    ],
    env: {
      ...(Object.fromEntries(proxies) as Record<string, string>),
      npm_config_cache: '/run/npm-cache',
      npm_config_registry: registry,
      ...(hasAuthorities && { NODE_EXTRA_CA_CERTS: '/run/authorities.pem' }),
      DEBIAN_FRONTEND: 'noninteractive',
    },
  };
}

async function megabytes(root: string): Promise<number> {
  const { stdout } = await execute({ run: ['du', '-smx', root] });
  return Number(/^\d+/.exec(stdout)?.[0]);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
