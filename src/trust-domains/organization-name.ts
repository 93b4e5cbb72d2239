/** What can stand for itself in a path, a host's name and, in capitals, a variable's. */
const PLAIN = /^[a-z0-9]+(-[a-z0-9]+)*$/;
/** Of a label of a host's name. */
const LONGEST = 63;

/**
 * Whether an organization's name may be put into a pattern of places. Every other one has only the places that are listed for
 * it: `..`, `a/b`, `Acme` beside `acme` and the like would lead into somebody else's.
 */
export function isPlainName(organization: string): boolean {
  return organization.length <= LONGEST && PLAIN.test(organization);
}

/** As variables have it: no two plain names become the same, and none becomes the beginning of another with `__` behind it. */
export function inCapitals(plainName: string): string {
  return plainName.replaceAll('-', '_').toUpperCase();
}
