/** Hundreds of records at once take a busy machine a while. */
const TIMEOUT_MS = 180_000;

/** What Tryton's own clients send: JSON-RPC over HTTP, with a session after the login. */
export class TrytonClient {
  /** Undefined until somebody has logged in. */
  session: string | undefined;

  constructor(
    private readonly url: string,
    private readonly password: string,
    private readonly user = 'admin',
  ) {}

  /** Resolves when the server answers anything at all. */
  async reach(): Promise<void> {
    await fetch(this.url, { method: 'POST', signal: AbortSignal.timeout(TIMEOUT_MS) });
  }

  async login(): Promise<void> {
    this.session = undefined;
    const answer = await this.call('common.db.login', [this.user, { password: this.password }]);
    const [user, session] = answer as [number, string];
    this.session = `Session ${Buffer.from(`${this.user}:${user}:${session}`).toString('base64')}`;
  }

  /** Rejects when the server answers with an error, or not at all. */
  async call(method: string, params: readonly unknown[]): Promise<unknown> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.session !== undefined && { authorization: this.session }),
      },
      body: JSON.stringify({ id: 1, method, params }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`${method}: HTTP ${response.status}`);
    const answer = (await response.json()) as { result?: unknown; error?: unknown };
    if (answer.error !== undefined) throw new Error(`${method}: ${JSON.stringify(answer.error).slice(0, 300)}`);
    return answer.result;
  }
}
