import type { RestoreFinding } from './restore-finding.js';
import type { Abilities } from './abilities.js';
import { finding, listed, quotedName, visible } from './finding-words.js';
import { type DatabaseRequirements, MOST_JUDGED, type NeededBy } from './requirements.js';

/** Whose the database's things are, and who may do what with them. Pure. In another environment all of it is its role's. */
export function judgeRoles(
  requirements: DatabaseRequirements,
  abilities: Abilities,
  into: 'same' | 'other',
): RestoreFinding[] {
  const { owners, grantors, defaultPrivileges, systemPrivileges, grantees, policyRoles } = requirements;
  const isThere = (role: string) => abilities.roles.existing.has(role);
  const isOthers = ({ name }: NeededBy) =>
    isThere(name) && !abilities.roles.isSuperuser && !abilities.roles.settable.has(name);
  const named =
    into === 'other' ? policyRoles : [...policyRoles, ...namesOf(owners), ...namesOf(grantors), ...grantees];
  const missing = [...new Set(named)].filter((role) => !isThere(role)).toSorted();
  const findings: RestoreFinding[] = [];
  if (missing.length > 0) {
    const roles = listed({ names: missing, count: missing.length });
    const message = `The server has no role ${roles}: what it owned or might do goes to ${quotedName(abilities.roles.own)}. Create it first where that is not wanted.`;
    findings.push(finding('roles-missing', false, message));
  }
  if (into === 'other') return findings;
  for (const owner of owners.filter(isOthers)) {
    const message = `${things(owner)} belongs to ${quotedName(owner.name)}, and ${quotedName(abilities.roles.own)} may not give anything to it; make it a member of that role.`;
    findings.push(finding('object-owner-membership-missing', true, message));
  }
  for (const grantor of grantors.filter(isOthers)) {
    const message = `${quotedName(grantor.name)} has granted privileges on ${things(grantor)}, and ${quotedName(abilities.roles.own)} may not do so in its name; they may not come back as they were.`;
    findings.push(finding('grantor-membership-missing', false, message));
  }
  for (const role of defaultPrivileges.filter(isOthers)) {
    const message = `${quotedName(role.name)} has default privileges, and ${quotedName(abilities.roles.own)} may not decide about what it makes; they do not come back.`;
    findings.push(finding('default-privileges', false, message));
  }
  for (const owner of systemPrivileges.filter(isOthers)) {
    const message = `Privileges on ${things(owner)}, which the server made, were changed, and ${quotedName(abilities.roles.own)} may not change them again; they come back as the server gives them.`;
    findings.push(finding('system-privileges', false, message));
  }
  if ([owners, grantors, grantees, policyRoles].some(({ length }) => length >= MOST_JUDGED)) {
    const message = `So many roles have to do with the database that only the first ${MOST_JUDGED} of each kind were looked at.`;
    findings.push(finding('roles-not-judged', false, message));
  }
  return findings;
}

const namesOf = (needed: readonly NeededBy[]): string[] => needed.map(({ name }) => name);

function things({ example, count }: NeededBy): string {
  return `${visible(example)}${count > 1 ? ` and ${count - 1} more` : ''}`;
}
