import { Injectable } from '@nestjs/common';
import { EngineError } from '../../engine/engine-error.js';
import { SecretBox } from './secret-box.js';

/** Opens the headers of hooks. For memory only. */
@Injectable()
export class HookHeaders {
  constructor(private readonly box: SecretBox) {}

  /** Throws `EngineError('hook-failed')` when they were sealed with another key. */
  open(sealed: string | null, environmentId: string): Record<string, string> {
    if (sealed === null) return {};
    try {
      return JSON.parse(this.box.open(sealed, environmentId)) as Record<string, string>;
    } catch (error) {
      const message = "The hook's headers cannot be read with the present CREDENTIALS_KEY; set the hook again.";
      throw new EngineError('hook-failed', message, { cause: error });
    }
  }
}
