import { ConfigurationError } from '../config/configuration-error.js';
import type { Configuration } from '../config/configuration.js';
import { type DirectoryPattern, findMixed, PLACEHOLDER } from './directory-pattern.js';
import { inCapitals, isPlainName } from './organization-name.js';
import { type ListedPlaces, readPlacesFile } from './places-file.js';

/** Where the environments of one organization may lie, and what they may make the service do. */
export interface OrganizationPlaces {
  filestoreRoots: readonly string[];
  /** Below these the files with connection URLs may lie. */
  secretsRoot: string | undefined;
  /** Hosts, `*.example.com` for all below it, `*` for any. None: no host at all. */
  databaseHosts: readonly string[];
  hookHosts: readonly string[];
  webhookHosts: readonly string[];
  /** Programs by the names that hooks call them by. */
  hookCommands: ReadonlyMap<string, string>;
  /** Whether a variable of this process that holds a connection URL is the organization's. */
  mayRead: (variable: string) => boolean;
}

type Places = Pick<
  Configuration,
  | 'TENANCY'
  | 'ORGANIZATION'
  | 'PLACES_FILE'
  | 'FILESTORE_ROOTS'
  | 'SECRETS_ROOT'
  | 'DATABASE_HOSTS'
  | 'HOOK_HOSTS'
  | 'WEBHOOK_HOSTS'
  | 'HOOK_COMMANDS'
>;

/** Everything else in the environment belongs to the service. */
const VARIABLE = /^ENVIRONMENT_[A-Z0-9_]+$/;
/** The one of a service that was not told which it is for. */
export const DEFAULT_ORGANIZATION = 'default';
/** Any host, and the databases of the machine itself: what somebody begins with. */
const OWN_MACHINE = ['localhost', '127.0.0.1', '::1', '*'];
const ANY_HOST = ['*'];

const NOTHING: OrganizationPlaces = {
  filestoreRoots: [],
  secretsRoot: undefined,
  databaseHosts: [],
  hookHosts: [],
  webhookHosts: [],
  hookCommands: new Map(),
  mayRead: () => false,
};

/**
 * Which organizations this service is for, and what belongs to each of them. With one organization everything that is configured is
 * its; with several only what bears its name, or is listed for it. What nobody is given, nobody has.
 */
export class TrustDomains {
  private constructor(
    private readonly configuration: Places,
    private readonly listed: ReadonlyMap<string, ListedPlaces>,
  ) {}

  /** Throws a `ConfigurationError` for what would give one organization a place of another's. */
  static of(configuration: Places): TrustDomains {
    const { TENANCY, ORGANIZATION, PLACES_FILE } = configuration;
    if (TENANCY === 'single') {
      if (PLACES_FILE !== undefined)
        throw new ConfigurationError(
          'PLACES_FILE is for several organizations; set TENANCY=multiple, or leave it out.',
        );
      return new TrustDomains(configuration, new Map());
    }
    if (ORGANIZATION !== undefined)
      throw new ConfigurationError('ORGANIZATION names the one organization of TENANCY=single; leave it out.');
    refuseForAll(configuration);
    const listed = PLACES_FILE === undefined ? new Map<string, ListedPlaces>() : readPlacesFile(PLACES_FILE);
    const mixed = findMixed(directoriesOf(configuration, listed));
    if (mixed) throw new ConfigurationError(mixing(...mixed));
    refuseSharedVariables(listed);
    return new TrustDomains(configuration, listed);
  }

  /** Whether tokens of this organization are taken here. */
  admits(organization: string): boolean {
    const { TENANCY, ORGANIZATION } = this.configuration;
    return TENANCY === 'multiple' || organization === (ORGANIZATION ?? DEFAULT_ORGANIZATION);
  }

  placesOf(organization: string): OrganizationPlaces {
    if (!this.admits(organization)) return NOTHING;
    const { TENANCY, FILESTORE_ROOTS, SECRETS_ROOT, DATABASE_HOSTS, HOOK_HOSTS, WEBHOOK_HOSTS, HOOK_COMMANDS } =
      this.configuration;
    if (TENANCY === 'single') {
      return {
        filestoreRoots: FILESTORE_ROOTS,
        secretsRoot: SECRETS_ROOT,
        databaseHosts: DATABASE_HOSTS ?? OWN_MACHINE,
        hookHosts: HOOK_HOSTS ?? ANY_HOST,
        webhookHosts: WEBHOOK_HOSTS ?? ANY_HOST,
        hookCommands: commandsOf(HOOK_COMMANDS),
        mayRead: (variable) => VARIABLE.test(variable),
      };
    }
    const own = isPlainName(organization) ? organization : undefined;
    const named = (patterns: readonly string[]) =>
      own === undefined ? [] : patterns.map((pattern) => pattern.replaceAll(PLACEHOLDER, own));
    const listed = this.listed.get(organization) ?? {};
    const prefix = own === undefined ? undefined : `ENVIRONMENT_${inCapitals(own)}__`;
    return {
      filestoreRoots: [...named(FILESTORE_ROOTS), ...(listed.filestoreRoots ?? [])],
      secretsRoot: listed.secretsRoot ?? named(SECRETS_ROOT === undefined ? [] : [SECRETS_ROOT])[0],
      databaseHosts: [...named(DATABASE_HOSTS ?? []), ...(listed.databaseHosts ?? [])],
      hookHosts: [...named(HOOK_HOSTS ?? []), ...(listed.hookHosts ?? [])],
      webhookHosts: [...named(WEBHOOK_HOSTS ?? []), ...(listed.webhookHosts ?? [])],
      hookCommands: new Map([...commandsOf(named(HOOK_COMMANDS)), ...Object.entries(listed.hookCommands ?? {})]),
      mayRead: (variable) =>
        VARIABLE.test(variable) &&
        ((prefix !== undefined && variable.startsWith(prefix)) ||
          listed.environmentVariables?.includes(variable) === true),
    };
  }
}

/** What is configured without a name would be everybody's. */
function refuseForAll(places: Places): void {
  const { FILESTORE_ROOTS, SECRETS_ROOT, DATABASE_HOSTS, HOOK_HOSTS, WEBHOOK_HOSTS, HOOK_COMMANDS } = places;
  const configured = {
    FILESTORE_ROOTS,
    SECRETS_ROOT: SECRETS_ROOT === undefined ? [] : [SECRETS_ROOT],
    DATABASE_HOSTS: DATABASE_HOSTS ?? [],
    HOOK_HOSTS: HOOK_HOSTS ?? [],
    WEBHOOK_HOSTS: WEBHOOK_HOSTS ?? [],
    HOOK_COMMANDS,
  };
  for (const [name, patterns] of Object.entries(configured)) {
    const forAll = patterns.find((pattern) => !pattern.includes(PLACEHOLDER));
    if (forAll === undefined) continue;
    throw new ConfigurationError(
      `With TENANCY=multiple, ${name} must contain ${PLACEHOLDER} (it is ${JSON.stringify(forAll)}), or be empty, with the places of each organization listed in PLACES_FILE.`,
    );
  }
}

/** A variable is one organization's: listed once, and not another one's by its name. */
function refuseSharedVariables(listed: ReadonlyMap<string, ListedPlaces>): void {
  const owners = new Map<string, string>();
  for (const [organization, { environmentVariables = [] }] of listed) {
    for (const variable of environmentVariables) {
      const [, capitals] = /^ENVIRONMENT_([A-Z0-9]+(?:_[A-Z0-9]+)*)__/.exec(variable) ?? [];
      const named = capitals?.replaceAll('_', '-').toLowerCase();
      const owner = owners.get(variable) ?? named ?? organization;
      if (owner !== organization)
        throw new ConfigurationError(
          `PLACES_FILE: the variable ${variable} of ${JSON.stringify(organization)} is ${JSON.stringify(owner)}'s too.`,
        );
      owners.set(variable, organization);
    }
  }
}

function directoriesOf(
  { FILESTORE_ROOTS, SECRETS_ROOT }: Places,
  listed: ReadonlyMap<string, ListedPlaces>,
): DirectoryPattern[] {
  return [
    ...FILESTORE_ROOTS.map((path) => ({ path, from: 'FILESTORE_ROOTS' })),
    ...(SECRETS_ROOT === undefined ? [] : [{ path: SECRETS_ROOT, from: 'SECRETS_ROOT' }]),
    ...[...listed].flatMap(([organization, { filestoreRoots = [], secretsRoot }]) =>
      [...filestoreRoots, ...(secretsRoot === undefined ? [] : [secretsRoot])].map((path) => ({
        path,
        organization,
        from: 'PLACES_FILE',
      })),
    ),
  ];
}

function mixing(one: DirectoryPattern, other: DirectoryPattern): string {
  const where = ({ path, from }: DirectoryPattern) => `${JSON.stringify(path)} (${from})`;
  return `${where(one)} and ${where(other)} can be the same directory, or one in the other, for two organizations; give each organization directories of its own.`;
}

function commandsOf(entries: readonly string[]): Map<string, string> {
  return new Map(
    entries.map((entry) => {
      const at = entry.indexOf('=');
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}
