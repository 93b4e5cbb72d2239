import { chainHead, entriesOf, organizationsWithChains } from './read-chain.js';
import type { Statements } from './statements.js';
import { verifyChain } from './verify-chain.js';
import type { Expectation, Proven, Refuted } from './verify-chain.js';

export type ChainVerdict = (Proven | Refuted) & { organization: string };

/**
 * Goes through every chain, or one; in a transaction that sees one moment, or what is appended meanwhile is taken for a fault. Holds a page of
 * entries. A chain that is named and not there has no entries, which is what it is judged by.
 */
export async function* proveChains(
  run: Statements,
  only?: { organization: string; expected?: Expectation },
): AsyncGenerator<ChainVerdict> {
  const organizations = only === undefined ? await organizationsWithChains(run) : [only.organization];
  for (const organization of organizations) {
    const head = await chainHead(run, organization);
    yield { organization, ...(await verifyChain(head, entriesOf(run, organization), only?.expected)) };
  }
}
