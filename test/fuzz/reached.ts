import { Contract } from '../../src/contract/contract.js';

/** Every operation: a run in which one of them was never done says nothing of it. */
export function operationsToReach(): string[] {
  return [...Contract.load().operations.keys()];
}
