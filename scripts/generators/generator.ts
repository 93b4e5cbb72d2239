import type { Command, Said } from '../toolchains/execute.js';
import type { Tool } from '../toolchains/tools.js';

/** Where one generator works: empty at the beginning, gone afterwards. */
export interface Workplace {
  directory: string;
  /** The contract, bundled. */
  contract: string;
  /** Our program that does the main job with the client. */
  program: string;
}

/** Something a generator says each time that does not matter, and why. */
export interface Allowed {
  said: RegExp;
  because: string;
}

/**
 * A generator of clients, as people would run it. `generate`, `compile` and `job` are taken in this order, each only when the
 * one before went well.
 */
export interface Generator {
  /** As `--only` and the table in docs/clients.md call it. */
  name: string;
  version: string;
  /** What has to be on the machine for its first step. */
  needs: readonly Tool[];
  /** What has to be there for the others, beside that. */
  compiler: readonly Tool[];
  /** The file in `programs/`; null for one whose client we can only look at. */
  program: string | null;
  allowed: readonly Allowed[];
  /** Whether a PATCH of its client can say `null` and leave a property out. The job shows whether that is so. */
  sendsNull: boolean;
  /** Whether its client bears properties and values of enumerations that the contract did not have when it was generated. Likewise. */
  bearsNewer: boolean;
  /** For those who choose, in a few words of Markdown. */
  remark: string;
  /** Makes the client, and resolves to what was said about it. */
  generate(place: Workplace): Promise<Said>;
  /** Rejects when what was made, with our program, is none that the language accepts; resolves to what was said. */
  compile(place: Workplace): Promise<Said>;
  /** What runs our program. */
  job(place: Workplace): Promise<Command>;
}
