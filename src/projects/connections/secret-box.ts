import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Says how the rest is to be read, so that another cipher or key can follow one day. */
const VERSION = 'v1:';

/** A sealed value was not sealed with this key for this owner, or was changed since. */
export class CredentialsUnreadableError extends Error {
  override name = 'CredentialsUnreadableError';
  readonly code = 'credentials-unreadable';

  constructor() {
    super(
      `The stored password cannot be read with the present CREDENTIALS_KEY; ` +
        `start the service with the key it was stored under, or set the password again.`,
    );
  }
}

/**
 * Keeps secrets unreadable in the database. Each is sealed under its owner's id: moved to another row
 * it cannot be opened, so that nobody who can write to the database can have a password sent to a host
 * of theirs by copying it.
 */
export class SecretBox {
  private constructor(private readonly key: Buffer) {}

  /** Throws when the key is not 32 bytes in base64. */
  static withKey(base64: string | undefined): SecretBox {
    const key = Buffer.from(base64 ?? '', 'base64');
    if (key.length === KEY_BYTES) return new SecretBox(key);
    throw new Error('CREDENTIALS_KEY must be 32 bytes in base64; "openssl rand -base64 32" makes one.');
  }

  /** Sealing the same secret twice gives two different texts. */
  seal(secret: string, owner: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(owner));
    const sealed = [nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()];
    return VERSION + Buffer.concat(sealed).toString('base64');
  }

  /** Throws `CredentialsUnreadableError`. */
  open(sealed: string, owner: string): string {
    const bytes = sealed.startsWith(VERSION) ? Buffer.from(sealed.slice(VERSION.length), 'base64') : Buffer.alloc(0);
    if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new CredentialsUnreadableError();
    try {
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv(CIPHER, this.key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(owner));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const secret = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([secret, decipher.final()]).toString('utf8');
    } catch {
      // OpenSSL's words ("unable to authenticate data") would add nothing.
      throw new CredentialsUnreadableError();
    }
  }

  /** Whether this is what was sealed; false also when it cannot be opened, or there is nothing. */
  holds(sealed: string | null, owner: string, secret: string): boolean {
    try {
      return sealed !== null && this.open(sealed, owner) === secret;
    } catch {
      return false;
    }
  }
}
