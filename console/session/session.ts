/** Brings a fresh token when one is about to end; rejects when nobody can without the person. */
export type Renew = () => Promise<SessionToken>;

export interface SessionToken {
  token: string;
  /** In milliseconds since 1970; null: it does not end. */
  expiresAt: number | null;
  renew?: Renew;
}

export type SessionState =
  | { status: 'signed-out' }
  | { status: 'signed-in'; token: string }
  | { status: 'expired'; token: string };

/** A token is renewed when it has less than this left. */
const RENEWED_BEFORE_MS = 30_000;
const CHANNEL = 'snapback-session';

interface Told {
  kind: 'who-is-signed-in' | 'signed-in' | 'signed-out';
  token?: string;
  expiresAt?: number | null;
}

/**
 * Who is signed in. The token is in the memory of this tab and of no storage; another tab of the same origin that is opened meanwhile asks
 * this one for it, so that a link opens in a new tab without signing in again.
 */
class Session {
  private state: SessionState = { status: 'signed-out' };
  private current: SessionToken | undefined;
  private renewing: Promise<SessionToken> | undefined;
  private readonly listeners = new Set<() => void>();
  private readonly tabs = new BroadcastChannel(CHANNEL);

  constructor() {
    this.tabs.addEventListener('message', ({ data }: MessageEvent<Told>) => this.hear(data));
  }

  /** Resolves to whether another tab was signed in, which is known at once or never. */
  async joinOtherTabs(withinMs = 150): Promise<boolean> {
    this.tell({ kind: 'who-is-signed-in' });
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, withinMs);
    const leave = this.subscribe(resolve);
    await promise;
    clearTimeout(timer);
    leave();
    return this.state.status === 'signed-in';
  }

  signIn(token: SessionToken): void {
    this.take(token);
    this.tell({ kind: 'signed-in', token: token.token, expiresAt: token.expiresAt });
  }

  signOut(): void {
    this.leave();
    this.tell({ kind: 'signed-out' });
  }

  /** The service does not take the token any more. The page stays as it is, until somebody signs in again. */
  expire(): void {
    if (this.state.status === 'signed-in') this.change({ status: 'expired', token: this.state.token });
  }

  /** For each request. Empty when nobody is signed in. */
  async token(): Promise<string> {
    const { current } = this;
    if (current === undefined) return '';
    const isEnding = current.expiresAt !== null && current.expiresAt - Date.now() < RENEWED_BEFORE_MS;
    if (!isEnding || current.renew === undefined) return current.token;
    this.renewing ??= current.renew().finally(() => (this.renewing = undefined));
    try {
      const renewed = await this.renewing;
      if (this.current === current) this.signIn(renewed);
      return renewed.token;
    } catch {
      return current.token;
    }
  }

  readonly snapshot = (): SessionState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  private hear({ kind, token, expiresAt = null }: Told): void {
    if (kind === 'who-is-signed-in' && this.state.status === 'signed-in' && this.current !== undefined)
      this.tell({ kind: 'signed-in', token: this.current.token, expiresAt: this.current.expiresAt });
    if (kind === 'signed-in' && token !== undefined && this.state.status !== 'signed-in')
      this.take({ token, expiresAt });
    if (kind === 'signed-out') this.leave();
  }

  private take(token: SessionToken): void {
    this.current = token;
    this.change({ status: 'signed-in', token: token.token });
  }

  private leave(): void {
    this.current = undefined;
    this.change({ status: 'signed-out' });
  }

  private change(state: SessionState): void {
    this.state = state;
    for (const listener of [...this.listeners]) listener();
  }

  private tell(told: Told): void {
    this.tabs.postMessage(told);
  }
}

export const session = new Session();
