import type { EntityManager } from 'typeorm';
import type { Finding } from '../contract/generated/types.gen.js';
import type { KeeperItemEntity, KeeperKind } from './keeper-item.entity.js';

/** What somebody leaves to the keeper. */
export interface NewKeeperItem {
  subject: string;
  projectId?: string;
  environmentId?: string;
  /** Whose workers may look after it; left out: any. */
  pool?: string;
  data?: Record<string, unknown>;
  /** Not before so many seconds from now have passed. */
  afterSeconds?: number;
  /** Not before so many seconds after it was last done, either. */
  pauseSeconds?: number;
}

/** It went well, and is to be looked after again. */
export interface Again {
  afterSeconds: number;
}

/**
 * One kind of what is left behind, or comes round again. Features define it and register it; the keeper runs it and knows
 * nothing of what it does.
 *
 * An item is looked after until that went well: at least once, by one process at a time, with growing pauses, for ever.
 */
export interface Upkeep {
  readonly kind: KeeperKind;
  /** How many of these one process looks after at a time. */
  readonly concurrency: number;
  /** The longest pause between two tries (seconds); unless given a quarter of an hour. */
  readonly longestPauseSeconds?: number;
  /** It deletes by age: no process whose clock is wrong does it. */
  readonly prunes?: boolean;
  /** What a person can do about one that goes on failing, in a sentence. */
  readonly help: string;
  /** Whether a person may say that it is left as it is. */
  readonly canBeGivenUp?: boolean;
  /** Finds what is left although nobody has said so: asked every few seconds. */
  find?(manager: EntityManager): Promise<NewKeeperItem[]>;
  /** Must bear being done again from the start. Rejects when it did not go well, with `NotDone` to say so in words of its own. */
  tend(item: KeeperItemEntity, signal: AbortSignal): Promise<Again | void>;
  /** A person has said that one which asks may go on: what goes into its data. Null when it asks nothing. */
  confirmed?(item: KeeperItemEntity): Record<string, unknown> | null;
  /** A person wants it tried now; in the transaction in which it becomes due. Refuses by throwing. */
  retried?(manager: EntityManager, item: KeeperItemEntity): Promise<void>;
  /** A person has said that it is left as it is; in the transaction in which the item goes. */
  givenUp?(manager: EntityManager, item: KeeperItemEntity): Promise<void>;
}

/** It did not go well, and this is what people are to be told. */
export class NotDone extends Error {
  override name = 'NotDone';

  constructor(
    readonly finding: Finding,
    /** Trying again will not help before a person has looked. It is tried again all the same, with long pauses. */
    readonly needsPerson = false,
    /** What goes into the item's data. */
    readonly remember: Record<string, unknown> = {},
    /** When to try again (seconds), where that does not follow from how often it was tried. */
    readonly pauseSeconds?: number,
  ) {
    super(finding.message);
  }
}
