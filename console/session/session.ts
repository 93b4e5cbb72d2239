import type { SessionToken } from './token.js';

export type SessionState =
  | {
      status: 'signed-out';
      /** Why the way in that was tried did not work. */
      problem?: string;
      /** Somebody has signed out here, or in another tab. */
      left?: true;
    }
  | { status: 'signed-in'; token: string }
  | { status: 'expired'; token: string };

/** Asks the provider for a fresh token. Undefined: it gives none without the person. Rejects when it could not be asked. */
export type Renew = (refresh: string) => Promise<SessionToken | undefined>;

/** A token is renewed when it has less than this left. */
const RENEWED_BEFORE_MS = 30_000;
/** How long a message of another tab may be on its way. */
const TOLD_WITHIN_MS = 50;
const NAME = 'snapback-session';

type Told = { kind: 'who-is-signed-in' | 'signed-out' } | ({ kind: 'signed-in'; isAnswer: boolean } & SessionToken);

/**
 * Who is signed in, in all tabs of this browser alike. The token is in the memory of these tabs and of no storage: a tab that is opened
 * beside others asks them for it, so that a link opens in a new tab without signing in again; when the last one closes it is gone.
 */
class Session {
  private state: SessionState = { status: 'signed-out' };
  private current: SessionToken | undefined;
  private renewing: Promise<void> | undefined;
  private readonly listeners = new Set<() => void>();
  private readonly tabs = new BroadcastChannel(NAME);

  constructor(private readonly renew: Renew) {
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
    this.tell({ kind: 'signed-in', isAnswer: false, ...token });
  }

  signOut(): void {
    this.leave();
    this.tell({ kind: 'signed-out' });
  }

  /** A way in did not work, for this reason. */
  explain(problem: string): void {
    this.change({ status: 'signed-out', problem });
  }

  /**
   * The service does not take this token any more. Unless there is another one, the page stays as it is, until somebody signs in again.
   */
  async refused(token: string): Promise<void> {
    if (this.current?.token !== token || this.state.status !== 'signed-in') return;
    await this.renewOnce(this.current);
    if (this.current?.token === token) this.change({ status: 'expired', token });
  }

  /** For each request. Empty when nobody is signed in. */
  async token(): Promise<string> {
    const { current } = this;
    const isEnding = typeof current?.expiresAt === 'number' && current.expiresAt - Date.now() < RENEWED_BEFORE_MS;
    if (current !== undefined && isEnding) await this.renewOnce(current);
    else await this.renewing;
    return this.current?.token ?? '';
  }

  readonly snapshot = (): SessionState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Once for all who ask for it, in all tabs: most providers take what it is asked with only once. Never rejects. */
  private renewOnce({ token, expiresAt, refresh }: SessionToken): Promise<void> {
    if (refresh === undefined) return Promise.resolve();
    this.renewing ??= navigator.locks
      .request(NAME, async () => {
        // Another tab may have done it while this one waited for its turn.
        await new Promise((resolve) => setTimeout(resolve, TOLD_WITHIN_MS));
        if (this.current?.token !== token) return;
        const renewed = await this.renew(refresh);
        if (this.current?.token !== token) return;
        if (renewed === undefined) this.current = { token, expiresAt };
        else this.signIn(renewed);
      })
      // The next request asks again; until then the token is used for as long as the service takes it.
      .catch(() => undefined)
      .finally(() => (this.renewing = undefined));
    return this.renewing;
  }

  private hear(told: Told): void {
    if (told.kind === 'who-is-signed-in' && this.state.status === 'signed-in' && this.current !== undefined)
      this.tell({ kind: 'signed-in', isAnswer: true, ...this.current });
    if (told.kind === 'signed-out') this.leave();
    if (told.kind !== 'signed-in' || (told.isAnswer && this.state.status === 'signed-in')) return;
    const { token, expiresAt, refresh } = told;
    this.take({ token, expiresAt, ...(refresh !== undefined && { refresh }) });
  }

  private take(token: SessionToken): void {
    this.current = token;
    this.change({ status: 'signed-in', token: token.token });
  }

  private leave(): void {
    this.current = undefined;
    this.change({ status: 'signed-out', left: true });
  }

  private change(state: SessionState): void {
    this.state = state;
    for (const listener of [...this.listeners]) listener();
  }

  private tell(told: Told): void {
    this.tabs.postMessage(told);
  }
}

/** What it is renewed with is loaded when it is needed: most people who open a page have time left. */
export const session = new Session(async (refresh) => (await import('./oidc.js')).renewOidc(refresh));
