import type { RestoreFinding } from './restore-finding.js';
import type { Abilities, OfferedVersion } from './abilities.js';
import { judgeRoles } from './judge-roles.js';
import { finding, listed, quotedName, visible } from './finding-words.js';
import { type DatabaseRequirements, nothingNamed, type RequiredExtension, type SuperuserKind } from './requirements.js';

/** Where a database is restored: in the place it comes from, or in another environment's, whose role gets everything. */
export type RestoreInto = 'same' | 'other';

/**
 * What speaks against restoring a database on a server as a role. Pure. Blocking is what cannot be made at all, or would be
 * somebody else's than it was; everything else comes back, or most of it, and the restore warns of what is not as it was.
 */
export function judgeRequirements(
  requirements: DatabaseRequirements,
  abilities: Abilities,
  into: RestoreInto = 'same',
): RestoreFinding[] {
  return [
    ...requirements.extensions.flatMap((extension) => judgeExtension(extension, abilities, into)),
    ...judgeForeignServers(requirements, abilities),
    ...judgeSuperuserOnly(requirements, abilities),
    ...judgeParameters(requirements, abilities),
    ...judgeTablespaces(requirements, abilities),
    ...judgeRoles(requirements, abilities, into),
    ...judgeCollations(requirements, abilities),
    ...judgeRest(requirements, abilities),
  ];
}

/** Whether our role is short of what PostgreSQL asks for a thing; a provider may have given it to its administrator. */
function superuserNeeded({ roles, isManagedAdmin }: Abilities, code: string, what: string): RestoreFinding {
  if (isManagedAdmin) {
    return finding(
      code,
      false,
      `${what} can be created by superusers only; whether the provider of the server lets its administrator ${quotedName(roles.own)} do it is not known before it is tried.`,
    );
  }
  return finding(
    code,
    true,
    `${what} can be created by superusers only, and ${quotedName(roles.own)} is none; drop it where it is not needed, or let a superuser be the environment's role.`,
  );
}

function judgeExtension(extension: RequiredExtension, abilities: Abilities, into: RestoreInto): RestoreFinding[] {
  const { name, version, tables, privileges, perhapsAltered, alteredAndNeeded = nothingNamed } = extension;
  const offered = abilities.extensions.get(name) ?? [];
  const created = offered.find((each) => each.version === version) ?? offered.find(({ isDefault }) => isDefault);
  if (!created) {
    const message = `The extension ${quotedName(name)} is not offered by the server; install its files there.`;
    return [finding('extension-missing', true, message)];
  }
  const findings: RestoreFinding[] = [];
  if (created.version !== version) {
    const message = `The extension ${quotedName(name)} is not offered in version ${visible(version)}, and comes back in version ${visible(created.version)}.`;
    findings.push(finding('extension-version-missing', false, message));
  }
  if (abilities.roles.isSuperuser || !created.superuser) return findings;
  if (!created.trusted) {
    return [...findings, superuserNeeded(abilities, 'extension-needs-superuser', `The extension ${quotedName(name)}`)];
  }
  // Its script runs as the server's first superuser, whose its members are.
  if (tables.count > 0) {
    const what = `Rows of ${listed(tables)}, which belong to the extension ${quotedName(name)},`;
    const message = `${what} can be written by superusers only, and ${quotedName(abilities.roles.own)} is none.`;
    findings.push(finding('extension-tables-need-superuser', true, message));
  }
  if (privileges.count > 0 && into === 'same') {
    const message = `Privileges on ${listed(privileges)} of the extension ${quotedName(name)} were changed, and ${quotedName(abilities.roles.own)} may not change them again; they come back as the extension gives them.`;
    findings.push(finding('extension-privileges', false, message));
  }
  if (alteredAndNeeded.count > 0) {
    const message = `An index, a generated column or a partition key needs ${listed(alteredAndNeeded)} of the extension ${quotedName(name)}, which was altered since it was created (as IMMUTABLE, say), and ${quotedName(abilities.roles.own)} may not alter it again; let a superuser be the environment's role, or have a function of its own call it.`;
    findings.push(finding('extension-members-altered', true, message));
  } else if (perhapsAltered.count > 0) {
    const message = `${listed(perhapsAltered)} of the extension ${quotedName(name)} may have been altered since it was created (as IMMUTABLE, say), and ${quotedName(abilities.roles.own)} may not alter it again; if an index needs that, it cannot be restored. Verify the snapshot to know.`;
    findings.push(finding('extension-members-altered', false, message));
  }
  return findings;
}

const isSuperuserOnly = ({ superuser }: Pick<OfferedVersion, 'superuser'>): boolean => superuser;

function judgeForeignServers({ foreignServers }: DatabaseRequirements, abilities: Abilities): RestoreFinding[] {
  if (abilities.roles.isSuperuser) return [];
  return foreignServers
    .filter(({ extension }) => (abilities.extensions.get(extension) ?? []).some(isSuperuserOnly))
    .map(({ extension, servers }) =>
      superuserNeeded(
        abilities,
        'foreign-servers-need-superuser',
        `The foreign server ${listed(servers)}, of a wrapper of the extension ${quotedName(extension)},`,
      ),
    );
}

const KINDS: Record<SuperuserKind, string> = {
  languages: 'language',
  functions: 'function in an untrusted language',
  'leakproof-functions': 'leakproof function',
  'support-functions': 'function with a support function',
  aggregates: 'aggregate with an internal state',
  types: 'base type',
  'operator-classes': 'operator class',
  'operator-families': 'operator family',
  'access-methods': 'access method',
  casts: 'cast',
  transforms: 'transform',
  'text-search-parsers': 'text search parser or template',
  'foreign-data-wrappers': 'foreign data wrapper',
  'event-triggers': 'event trigger',
  publications: 'publication of all tables or of a schema',
};

function judgeSuperuserOnly({ superuserOnly }: DatabaseRequirements, abilities: Abilities): RestoreFinding[] {
  if (abilities.roles.isSuperuser) return [];
  return (Object.keys(KINDS) as SuperuserKind[]).flatMap((kind) => {
    const names = superuserOnly[kind];
    if (!names) return [];
    return [superuserNeeded(abilities, `${kind}-need-superuser`, `The ${KINDS[kind]} ${listed(names)}`)];
  });
}

function judgeParameters(
  { parameters }: DatabaseRequirements,
  { deniedParameters, roles }: Abilities,
): RestoreFinding[] {
  return parameters
    .filter(({ name }) => deniedParameters.has(name))
    .map(({ name, example, count }) => {
      const more = count > 1 ? ` and ${count - 1} more` : '';
      const message = `The function ${visible(example)}${more} sets the parameter ${quotedName(name)}, which ${quotedName(roles.own)} may not set here; grant SET on it.`;
      return finding('function-settings-privilege-missing', true, message);
    });
}

function judgeTablespaces({ tablespaces }: DatabaseRequirements, abilities: Abilities): RestoreFinding[] {
  return tablespaces.flatMap(({ name, example, count }) => {
    const usable = abilities.tablespaces.get(name);
    if (usable) return [];
    const what = `${visible(example)}${count > 1 ? ` and ${count - 1} more` : ''}`;
    if (usable === undefined) {
      const message = `The server has no tablespace ${quotedName(name)}; ${what} will be in the database's own one.`;
      return [finding('tablespace-missing', false, message)];
    }
    const message = `The role ${quotedName(abilities.roles.own)} may not create in the tablespace ${quotedName(name)}, where ${what} is; grant it CREATE there.`;
    return [finding('tablespace-privilege-missing', true, message)];
  });
}

function judgeCollations({ collations }: DatabaseRequirements, abilities: Abilities): RestoreFinding[] {
  return collations.flatMap(({ name, provider, locale, version, isOwn }) => {
    const known =
      name === null ? ownVersion(abilities, provider, locale) : abilities.collations.get(`${provider} ${locale}`);
    const what = name === null ? "The database's own collation" : `The collation ${visible(name)}`;
    if (known === undefined) {
      if (!isOwn) return [];
      if (provider === 'icu' && abilities.hasIcu) return [];
      const isBlocking = provider === 'icu';
      const reason = isBlocking
        ? 'the server was built without ICU'
        : `the server did not know the locale ${quotedName(locale)} when it was made`;
      return [finding('collation-missing', isBlocking, `${what} may not be there: ${reason}.`)];
    }
    if (version === null || known === null || version === known) return [];
    const message = `${what} is of another version of its library (${visible(known)}, captured with ${visible(version)}): texts may be sorted and compared otherwise.`;
    return [finding('collation-version-changed', false, message)];
  });
}

/** Undefined where the database is of another locale anyway. */
function ownVersion({ databaseLocale }: Abilities, provider: string, locale: string): string | null | undefined {
  const isSame = databaseLocale?.provider === provider && databaseLocale.locale === locale;
  return isSame ? databaseLocale.version : undefined;
}

function judgeRest(
  { securityLabels, subscriptions, hiddenMappings }: DatabaseRequirements,
  { roles }: Abilities,
): RestoreFinding[] {
  const findings = securityLabels.map(({ name, example, count }) => {
    const more = count > 1 ? ` and ${count - 1} more` : '';
    const message = `The security labels of ${quotedName(name)} (on ${visible(example)}${more}) come back only where its library is loaded and lets the role set them.`;
    return finding('security-labels', false, message);
  });
  if (subscriptions.count > 0) {
    const message = `The subscription ${listed(subscriptions)} does not come back; create it again where it is wanted.`;
    findings.push(finding('subscriptions-left-out', false, message));
  }
  if (hiddenMappings.count > 0 && !roles.isSuperuser) {
    const message = `Options of the user mapping ${listed(hiddenMappings)} were not shown to the role that captured, and do not come back.`;
    findings.push(finding('user-mappings-hidden', false, message));
  }
  return findings;
}
