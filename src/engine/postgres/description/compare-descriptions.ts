import { sideBySide } from './side-by-side.js';
import { definitionChanges, shortened } from './definition-changes.js';
import {
  type DescribedObject,
  type DescriptionStream,
  displayObject,
  type ObjectKind,
  type Privilege,
} from './described-object.js';
import { allPrivileges, displayPrivilege, privilegeChanges, withOwner } from './privileges.js';
import { type ServerRoles, withServerRoles } from './server-roles.js';

export type DifferenceAspect =
  | 'missing'
  | 'unexpected'
  | 'definition'
  | 'owner'
  | 'privileges'
  | 'comment'
  | 'version'
  | 'extension-member';

export interface Difference {
  kind: ObjectKind;
  /** As in `DescribedObject`. */
  name: string;
  /** `extension-member`: the definition of one, where the extension has the captured version. */
  aspect: DifferenceAspect;
  /** A sentence for people: what it was and what it is, shortened. Never has the value of an option that may be a secret. */
  detail: string;
}

export interface CompareOptions {
  /** The server's on which each was described; of different ones only what can be compared is. */
  majors: { expected: number; found: number };
  /** False for a copy that belongs to somebody else. */
  ownersAndPrivileges: boolean;
  /** Of the server of what was found: captured roles it does not have are taken for the own one. */
  roles: Pick<ServerRoles, 'own' | 'existing'>;
  /** Not compared, such as subscriptions in a copy that takes part in nothing. */
  leaveOut?: readonly ObjectKind[];
  /** How many differences are listed at most; all are counted. Default `LISTED_DIFFERENCES`. */
  limit?: number;
}

export interface Comparison {
  /** The first ones, in the description's order. */
  differences: Difference[];
  /** Of all. */
  total: number;
}

export const LISTED_DIFFERENCES = 200;

/** How many a warning tells of; the rest it counts. */
const TOLD_DIFFERENCES = 20;

/**
 * What is not as it was expected. Reads both side by side, and holds on to no more than a batch of each. Rejects with what
 * reading them throws.
 */
export async function compareDescriptions(
  expected: DescriptionStream,
  found: DescriptionStream,
  options: CompareOptions,
): Promise<Comparison> {
  const comparing = new DescriptionComparison(options);
  for await (const [was, is] of sideBySide(expected, found)) comparing.pair(was, is);
  return comparing.result;
}

/** For a rollback's warnings: tells the first ones and counts the rest; undefined when there is none. */
export function definitionsDiffer({
  differences,
  total,
}: Comparison): { code: 'definitions-differ'; message: string } | undefined {
  if (total === 0) return undefined;
  const told = differences.slice(0, TOLD_DIFFERENCES);
  const rest = total > told.length ? ` And ${total - told.length} more.` : '';
  const message = `What was restored is not what was captured: ${told.map(({ detail }) => detail).join(' ')}${rest}`;
  return { code: 'definitions-differ', message };
}

class DescriptionComparison {
  readonly result: Comparison = { differences: [], total: 0 };
  /** Extensions of another version than expected, or that are not there at all: so are their members. */
  private readonly otherExtensions = new Set<string>();
  /** Of which extensions' members it was said already. */
  private readonly otherOwners = new Set<string>();
  private readonly sameMajor: boolean;

  constructor(private readonly options: CompareOptions) {
    this.sameMajor = options.majors.expected === options.majors.found;
  }

  pair(captured: DescribedObject | undefined, is: DescribedObject | undefined): void {
    const object = captured ?? is!;
    if (this.options.leaveOut?.includes(object.kind)) return;
    if (object.kind === 'default privileges' && !this.options.ownersAndPrivileges) return;
    const was = captured && withServerRoles(captured, this.options.roles);
    // There is nothing left to expect of it, and nothing to find.
    if (!was && !is) return;
    if (was && is) this.both(was, is);
    else if (object.builtIn) this.builtIn(was, is);
    else this.one(was ?? is!, was ? 'missing' : 'unexpected');
  }

  private both(was: DescribedObject, is: DescribedObject): void {
    const isOther = was.extension !== undefined && this.otherExtensions.has(was.extension);
    if (was.kind === 'extension' && was.definition['version'] !== is.definition['version']) {
      this.otherExtensions.add(String(was.definition['name']));
      const versions = `version ${text(was.definition['version'])} → ${text(is.definition['version'])}`;
      this.add(was, 'version', versions);
    } else if (!isOther) {
      if (was.extension !== is.extension) {
        this.add(was, 'extension-member', `extension: ${was.extension ?? 'none'} → ${is.extension ?? 'none'}`);
      }
      this.definition(was, is);
      if (was.comment !== is.comment) this.add(was, 'comment', `comment: ${change(was.comment, is.comment)}`);
    }
    if (!this.options.ownersAndPrivileges) return;
    this.owner(was, is);
    this.privileges(was, is);
  }

  private definition(was: DescribedObject, is: DescribedObject): void {
    // Options that our role may not see are not known to differ.
    if (was.definition['hidden'] === true || is.definition['hidden'] === true) return;
    const changes = definitionChanges(was.definition, is.definition, { sameMajor: this.sameMajor });
    if (JSON.stringify(was.labels ?? {}) !== JSON.stringify(is.labels ?? {})) changes.push('security labels differ');
    if (changes.length > 0) {
      this.add(was, was.extension === undefined ? 'definition' : 'extension-member', changes.join('; '));
    }
  }

  /** An extension and all its members, of which there may be hundreds, were made by the same role: that is one difference. */
  private owner(was: DescribedObject, is: DescribedObject): void {
    if (was.owner === is.owner) return;
    const extension = was.kind === 'extension' ? was.definition['name'] : was.extension;
    const owners = `owner: ${was.owner ?? 'none'} → ${is.owner ?? 'none'}`;
    const about = JSON.stringify([extension, was.owner, is.owner]);
    if (extension !== undefined && this.otherOwners.has(about)) return;
    if (extension !== undefined) this.otherOwners.add(about);
    this.add(was, 'owner', owners);
  }

  /** One that came with the server and is not described on the other side has the privileges it came with. */
  private builtIn(was: DescribedObject | undefined, is: DescribedObject | undefined): void {
    if (!this.options.ownersAndPrivileges) return;
    const { kind, name, owner, builtIn } = was ?? is!;
    const pristine: DescribedObject = { kind, name, ...(owner !== undefined && { owner }), ...builtIn, definition: {} };
    this.privileges(was ?? pristine, is ?? pristine);
  }

  private one(object: DescribedObject, aspect: 'missing' | 'unexpected'): void {
    if (object.extension !== undefined && this.otherExtensions.has(object.extension)) return;
    if (object.kind === 'extension') this.otherExtensions.add(String(object.definition['name']));
    // Only newer servers keep these as constraints.
    if (!this.sameMajor && object.definition['type'] === 'not null') return;
    this.add(object, aspect, aspect === 'missing' ? 'it is missing' : 'it was not there');
  }

  private privileges(was: DescribedObject, is: DescribedObject): void {
    const owner = was.owner ?? '';
    const found = is.owner ?? '';
    const { majors } = this.options;
    const pairs: [string | undefined, readonly Privilege[], readonly Privilege[]][] = [];
    if (was.privileges || is.privileges) {
      pairs.push([undefined, allPrivileges(was, majors.expected), allPrivileges(is, majors.found)]);
    }
    const columns = new Set([was, is].flatMap(({ columnPrivileges }) => Object.keys(columnPrivileges ?? {})));
    for (const column of columns) {
      pairs.push([column, was.columnPrivileges?.[column] ?? [], is.columnPrivileges?.[column] ?? []]);
    }
    const changes = pairs.flatMap(([column, wanted, present]) => {
      const { revoke, grant } = privilegeChanges(withOwner(present, found, owner), this.comparable(wanted));
      return [
        ...this.comparable(revoke).map((privilege) => `${displayPrivilege(privilege, column)} was not there`),
        ...grant.map((privilege) => `${displayPrivilege(privilege, column)} is missing`),
      ];
    });
    if (changes.length > 0) this.add(was, 'privileges', changes.join('; '));
  }

  /** Without what only one of two majors knows. */
  private comparable(privileges: readonly Privilege[]): readonly Privilege[] {
    return this.sameMajor ? privileges : privileges.filter(({ privilege }) => privilege !== 'MAINTAIN');
  }

  private add(object: DescribedObject, aspect: DifferenceAspect, what: string): void {
    this.result.total += 1;
    if (this.result.differences.length >= (this.options.limit ?? LISTED_DIFFERENCES)) return;
    const { kind, name } = object;
    const detail = sentence(`The ${displayObject(object)}: ${what}`);
    this.result.differences.push({ kind, name, aspect, detail });
  }
}

/** As long as a difference may get. */
const DETAIL_LETTERS = 400;

function sentence(words: string): string {
  return words.length < DETAIL_LETTERS ? `${words}.` : `${words.slice(0, DETAIL_LETTERS)}….`;
}

function change(was: string | undefined, is: string | undefined): string {
  return shortened(was ?? 'none', is ?? 'none').join(' → ');
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : 'none';
}
