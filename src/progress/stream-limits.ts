import type { Caller } from '../auth/caller.js';
import { errors } from '../errors/catalogue.js';
import type { Problem } from '../errors/problem.js';

/** Of which there are enough, and how many. */
type Refusal = (whose: keyof MostStreams, limit: number) => Problem;

/** Streams that may be open at the same time. */
export interface MostStreams {
  caller: number;
  organization: number;
  process: number;
}

/** Counts the open streams of one process, of progress or of bytes, so that nobody holds what all others need. */
export class StreamLimits {
  private readonly byCaller = new Map<string, number>();
  private readonly byOrganization = new Map<string, number>();
  private all = 0;

  constructor(
    private readonly most: MostStreams,
    private readonly refusal: Refusal = errors.tooManyStreams,
  ) {}

  /**
   * Counts one more stream and returns what counts it off again, however often it is called. Throws the refusal
   * when there are enough. A caller is a subject of one organization, whatever token it has.
   */
  enter({ subject, organization }: Caller): () => void {
    const caller = JSON.stringify([organization, subject]);
    if (countOf(this.byCaller, caller) >= this.most.caller) throw this.refusal('caller', this.most.caller);
    if (countOf(this.byOrganization, organization) >= this.most.organization) {
      throw this.refusal('organization', this.most.organization);
    }
    if (this.all >= this.most.process) throw this.refusal('process', this.most.process);
    this.add(caller, organization, 1);
    let inside = true;
    return () => {
      if (inside) this.add(caller, organization, -1);
      inside = false;
    };
  }

  /** Of all callers. */
  get count(): number {
    return this.all;
  }

  private add(caller: string, organization: string, difference: 1 | -1): void {
    this.all += difference;
    change(this.byCaller, caller, difference);
    change(this.byOrganization, organization, difference);
  }
}

function countOf(counts: Map<string, number>, key: string): number {
  return counts.get(key) ?? 0;
}

/** Who has no stream is not remembered. */
function change(counts: Map<string, number>, key: string, difference: number): void {
  const count = countOf(counts, key) + difference;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
