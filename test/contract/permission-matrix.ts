import type { Grant } from '../../src/auth/permission.js';
import type { Contract } from '../../src/contract/contract.js';
import type { Operation } from '../../src/contract/operation.js';
import type { testToken } from '../harness/tokens.js';
import { idNames } from './working-requests.js';

export type Claims = NonNullable<Parameters<typeof testToken>[0]>;

/** What a token's claim `permissions` holds, and what that allows by the words of the contract. */
export interface GrantCase {
  grants: readonly Grant[];
  allows: ReadonlySet<string>;
}

/** Nothing, each single permission, and each bundle. */
export function grantCases(contract: Contract): GrantCase[] {
  const single = askedFor(contract).map((permission): [string, string[]] => [permission, [permission]]);
  const cases = [...single, ...bundlesIn(contract)].map(([name, allows]): GrantCase => {
    // That the service knows each of these words is what is tried.
    return { grants: [name as Grant], allows: new Set(allows) };
  });
  return [{ grants: [], allows: new Set() }, ...cases];
}

/** What the operations ask for, each permission once, in alphabetical order. */
export function askedFor({ operations }: Pick<Contract, 'operations'>): string[] {
  return [...new Set([...operations.values()].flatMap(({ permissions }) => permissions))].toSorted();
}

/**
 * The bundles as the description of the token tells people: each by its name, and what it adds to the one before it.
 * Read from there so that the service is not held against itself.
 */
export function bundlesIn(contract: Contract): Map<string, string[]> {
  const { components } = contract.document as unknown as {
    components: { securitySchemes: { bearer: { description: string } } };
  };
  const [, told = ''] = /Bundles, [^:]+:(.+)/s.exec(components.securitySchemes.bearer.description) ?? [];
  const bundles = new Map<string, string[]>();
  let allows: string[] = [];
  for (const [, name = '', words = ''] of told.matchAll(/`(\w+)`\s+\(([^)]+)\)/g)) {
    const [held = '', but = ''] = words.split(' but ');
    const added = [...held.matchAll(/`([^`]+)`/g)]
      .flatMap(([, word = '']) =>
        word.startsWith('…') ? askedFor(contract).filter((permission) => permission.endsWith(word.slice(1))) : [word],
      )
      .filter((permission) => !but.includes(`\`${permission}\``));
    allows = [...allows, ...added];
    bundles.set(name, allows);
  }
  return bundles;
}

/** The ids of one world, by the names of the contract's path parameters. */
export type Ids = Readonly<Record<string, string>>;

/** What is asked for in words, by whom, and the ids. */
export type Case = [what: string, claims: Claims, ids: Ids];

/** Each id of an operation's path in turn from elsewhere, while the others, and the token, are one's own. */
export function mixed(operation: Operation, own: Ids, elsewhere: Ids, whose: string): Case[] {
  return idNames(operation).map((name) => [`by the ${name} of ${whose}`, {}, { ...own, [name]: elsewhere[name]! }]);
}

/** One field of the matrix: who asks with which permissions for what, and how it must be answered. */
export interface Field {
  what: string;
  claims: Claims;
  ids: Ids;
  /** The status, the problem's code, and the permission it names. */
  expected: string;
}

/**
 * With each of the grants what these claims do not see: without the permission 403, which says nothing of the ids, and
 * with it 404.
 */
export function fieldsFor(
  grants: readonly GrantCase[],
  { permissions: [needed = ''] }: Operation,
  what: string,
  claims: Claims,
  ids: Ids,
): Field[] {
  return grants.map(({ grants: held, allows }) => ({
    what: `${what}, with ${held.join() || 'no permission'}`,
    // Each is a subject of its own, so that no limit of requests is in the way.
    claims: { ...claims, permissions: held, subject: `holder of ${held.join()}` },
    ids,
    expected: allows.has(needed) ? '404 not-found' : `403 permission-missing ${needed}`,
  }));
}
