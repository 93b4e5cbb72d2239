import type { CaptureWriter } from '../../vault/vault.js';

const KEPT = 100;

export interface CaptureWarning {
  code: string;
  /** A sentence for a person; names in it are escaped. */
  message: string;
}

/** Puts every warning into the manifest, and the first ones into the result. */
export class CaptureWarnings {
  /** All of them. */
  count = 0;
  /** The first hundred. */
  readonly first: CaptureWarning[] = [];

  constructor(private readonly writer: CaptureWriter) {}

  async add(warning: CaptureWarning): Promise<void> {
    this.count += 1;
    if (this.first.length < KEPT) this.first.push(warning);
    await this.writer.add({ kind: 'warning', ...warning });
  }
}
