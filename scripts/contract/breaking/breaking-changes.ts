import type { BreakingChange } from './breaking-change.js';
import type { Node } from './node.js';
import { oasdiff } from './oasdiff.js';
import { removedValues } from './removed-values.js';

/** Everything between two documents that a client of the first can run into with the second. Needs Go the first time. */
export async function breakingChanges(base: Node, revision: Node): Promise<BreakingChange[]> {
  return [...(await oasdiff(base, revision)), ...removedValues(base, revision)];
}
