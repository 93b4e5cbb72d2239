/** The service cannot start as it was configured. The message is one sentence that names the variable. */
export class ConfigurationError extends Error {
  /** Stable, where programs tell one reason from another. */
  readonly code?: string;

  constructor(message: string, options?: { cause?: unknown; code?: string }) {
    super(message, options);
    this.name = 'ConfigurationError';
    if (options?.code !== undefined) this.code = options.code;
  }
}
