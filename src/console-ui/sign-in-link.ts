import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const CODE_BYTES = 32;
/** How long a link waits for somebody who uses it, in milliseconds. */
const LASTS_MS = 24 * 60 * 60 * 1000;

/**
 * The one link that signs in at present. It is good once; when it was used, or somebody comes with one that has become too old, there is
 * another one.
 */
export class SignInLink {
  private hash: Buffer | undefined;
  private endsAt = 0;

  /**
   * @param tell is given the code of each link, and nobody else ever is
   * @param clock in milliseconds
   */
  constructor(
    private readonly tell: (code: string) => void,
    private readonly clock: () => number = Date.now,
  ) {}

  /** Makes a link, and takes the one before it back. */
  renew(): void {
    const code = randomBytes(CODE_BYTES).toString('base64url');
    this.hash = sha256(code);
    this.endsAt = this.clock() + LASTS_MS;
    this.tell(code);
  }

  /** Whether this is the code of the link, which it then was. */
  redeem(code: string): boolean {
    // Hashes of one length: how long the comparison takes says nothing of how much of a code is right.
    if (this.hash === undefined || !timingSafeEqual(sha256(code), this.hash)) return false;
    const isGood = this.clock() < this.endsAt;
    this.renew();
    return isGood;
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
