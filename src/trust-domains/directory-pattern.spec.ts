import { describe, expect, it } from 'vitest';
import { type DirectoryPattern, findMixed } from './directory-pattern.js';

const ofAll = (path: string): DirectoryPattern => ({ path, from: 'FILESTORE_ROOTS' });
const of = (organization: string, path: string): DirectoryPattern => ({ path, organization, from: 'PLACES_FILE' });

describe('directories of organizations', () => {
  it.each([
    ['one below the other with the same name', [ofAll('/srv/{organization}'), ofAll('/srv/{organization}/files')]],
    ['of different frames', [ofAll('/srv/files-{organization}'), ofAll('/srv/secrets-{organization}')]],
    ['at different places', [ofAll('/srv/a/{organization}'), ofAll('/mnt/{organization}/a')]],
    ['listed beside each other', [of('acme', '/srv/one'), of('rival', '/srv/two')]],
    ['listed as what the pattern says', [ofAll('/srv/{organization}'), of('acme', '/srv/acme')]],
    ['listed under a name that no pattern takes', [ofAll('/srv/{organization}'), of('acme', '/srv/Acme')]],
    ['of one organization in each other', [of('acme', '/srv'), of('acme', '/srv/files')]],
    ['with similar names', [of('acme', '/srv/acme'), of('acme-eu', '/srv/acme-eu')]],
  ])('are told apart: %s', (_, patterns) => {
    expect(findMixed(patterns)).toBeUndefined();
  });

  it.each([
    ['listed twice', [of('acme', '/srv/one'), of('rival', '/srv/one')]],
    ['listed in each other', [of('acme', '/srv'), of('rival', '/srv/rival')]],
    ['listed in a spelling of its own', [of('acme', '/srv/one'), of('rival', '/srv//x/../one/')]],
    ['listed as what the pattern says for another one', [ofAll('/srv/{organization}'), of('acme', '/srv/rival')]],
    ['listed above all of the pattern', [ofAll('/srv/{organization}'), of('acme', '/srv')]],
    ['whose name is another’s directory', [ofAll('/srv/a/{organization}'), ofAll('/srv/{organization}/b')]],
    ['of which one frame is the other’s beginning', [ofAll('/srv/{organization}'), ofAll('/srv/x-{organization}')]],
    ['of which one lies in another’s', [ofAll('/srv/{organization}'), ofAll('/srv/x-{organization}/files')]],
  ])('are mixed: %s', (_, patterns) => {
    expect(findMixed(patterns)).toEqual(patterns);
    expect(findMixed(patterns.toReversed())).toEqual(patterns.toReversed());
  });
});
