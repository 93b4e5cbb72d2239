import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { CredentialsUnreadableError, SecretBox } from '../../projects/connections/secret-box.js';
import { NotDone } from '../../keeper/upkeep.js';
import type { WebhookEntity } from './webhook.entity.js';

const SECRET_BYTES = 32;

/** A secret as people get it, once, and as it is stored. */
export interface NewSecret {
  plain: string;
  sealed: string;
}

/** The secrets that sign what webhooks are sent. */
@Injectable()
export class WebhookSecrets {
  constructor(private readonly box: SecretBox) {}

  /** In the form of Standard Webhooks: `whsec_`, and random bytes in base64. */
  make(webhookId: string): NewSecret {
    const plain = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
    return { plain, sealed: this.box.seal(plain, webhookId) };
  }

  /** Those that sign now, the newest first; for memory only. Throws a `NotDone` that calls a person when they were sealed with another key. */
  of({ id, secret, previousSecret, previousSecretUntil }: WebhookEntity, now: Date): string[] {
    const isOverlap = previousSecretUntil !== null && previousSecretUntil > now;
    const sealed = isOverlap && previousSecret !== null ? [secret, previousSecret] : [secret];
    try {
      return sealed.map((each) => this.box.open(each, id));
    } catch (error) {
      if (!(error instanceof CredentialsUnreadableError)) throw error;
      const message =
        'The secret of the webhook cannot be read with the present CREDENTIALS_KEY; give it a new one (webhookRotateSecret).';
      throw new NotDone({ code: error.code, message }, true);
    }
  }
}
