import { EngineError } from '../../engine-error.js';
import { exchangeStates, liveSide } from '../../filestore/swap/filestore-states.js';
import { HeldPath } from '../../filestore/paths/held-path.js';
import { closeLive, openLive, swapNamesBack } from '../../postgres/swap/open-live.js';
import type { SwapSession } from '../../postgres/swap/swap-session.js';
import type { CutoverJournal, CutoverRecord, FilestoreRecord } from '../cutover/cutover-journal.js';
import type { RecoveryAction } from './decide-recovery.js';
import { findHalfRemoved } from '../staging/discard.js';
import { otherDirectory } from './move-staged.js';
import { errorWords } from '../cutover/half-way.js';

type Act = Extract<RecoveryAction, { do: 'exchange' | 'open' | 'names-back' | 'close' }>;
type Ask = Extract<RecoveryAction, { do: 'ask' }>;

/** Carries out what a recovery decides, each act written down before it is done. */
export class RecoveryActs {
  exchangeProblem: string | null = null;
  openedAt: Date | undefined;

  constructor(
    private readonly session: SwapSession | undefined,
    private readonly journal: CutoverJournal,
    public record: CutoverRecord,
  ) {}

  /** Rejects when it could not be done, except for an exchange: why that is impossible is one of the facts. */
  async carryOut(action: Act): Promise<void> {
    switch (action.do) {
      case 'exchange':
        return this.exchange(action.to);
      case 'open':
        return this.open();
      case 'names-back':
        return this.namesBack();
      case 'close':
        return this.close();
    }
  }

  async ask({ close, why }: Ask): Promise<void> {
    await this.write({ step: 'ask', ask: why });
    const { session, record } = this;
    if (close && session && record.database) await closeLive(session, record.database.names);
  }

  /**
   * An exchange that somebody made may not be on disk yet; that of a mount point not quite at its end either, although all entries are where
   * they belong. Once its database is open, or without one, what is at the top may be anybody's.
   */
  async makeDurable({ isClosed }: { isClosed: boolean }): Promise<void> {
    const { filestore, database } = this.record;
    if (!filestore) return;
    if (filestore.top) {
      const other = await otherDirectory(filestore);
      const isNew = ['new', 'either'].includes(await liveSide(filestore, other));
      if (other !== undefined && isNew && (isClosed || !database))
        await exchangeStates(filestore, other, { to: 'new', takesLate: isClosed });
      return;
    }
    for (const path of [filestore.livePath, filestore.stagedPaths[0]!]) {
      const held = await HeldPath.hold(path);
      await held?.sync().finally(() => held.close());
    }
  }

  /** The names of what is not live, also when its removal was begun. */
  async beside(): Promise<{ database?: string; directory?: string }> {
    const { database, filestore } = this.record;
    const name = this.session && database && (await this.otherDatabase());
    const path = filestore && ((await otherDirectory(filestore)) ?? (await this.halfRemoved(filestore)));
    return { ...(name === undefined ? {} : { database: name }), ...(path === undefined ? {} : { directory: path }) };
  }

  /** What an earlier recovery was removing; when that had come to its end, the empty enclosure goes too. */
  private async halfRemoved(filestore: FilestoreRecord): Promise<string | undefined> {
    const paths = [...filestore.stagedPaths, filestore.keptPath];
    const path = await findHalfRemoved(paths, filestore);
    if (path === undefined)
      await HeldPath.hold(paths[0]!).then(
        (held) => held?.closeAndTidy(),
        () => undefined,
      );
    return path;
  }

  private async otherDatabase(): Promise<string | undefined> {
    const { names } = this.record.database!;
    const { rows } = await this.session!.client.query<{ name: string }>(
      `SELECT datname::text AS name FROM pg_database
       WHERE oid IN ($1::oid, $2::oid) AND datname <> $3 ORDER BY datname = $4 DESC`,
      [names.expectedLiveOid, names.expectedShadowOid, names.live, names.kept],
    );
    return rows[0]?.name;
  }

  private async exchange(to: 'old' | 'new'): Promise<void> {
    const { filestore } = this.record;
    if (!filestore) return;
    await this.write({ step: 'exchange-directories' });
    try {
      const other = await otherDirectory(filestore);
      if (other === undefined) throw new EngineError('filestore-missing', 'the other directory is not there any more');
      await exchangeStates(filestore, other, { to });
    } catch (error) {
      // Exchanged but perhaps not durable is no reason to go back: it is tried again as a whole.
      if (!(error instanceof EngineError) || error.code === 'cutover-incomplete') throw error;
      this.exchangeProblem = errorWords(error);
    }
  }

  private async open(): Promise<void> {
    await this.makeDurable({ isClosed: true });
    await this.write({ step: 'open' });
    await openLive(this.session!, this.record.database!.names);
    this.openedAt = new Date();
  }

  private async namesBack(): Promise<void> {
    const { names, shadowWasOpen } = this.record.database!;
    await this.write({ step: 'revert' });
    await swapNamesBack(this.session!, names, { shadowWasOpen });
    this.openedAt = new Date();
  }

  private async close(): Promise<void> {
    await this.write({ database: { ...this.record.database!, closedByUs: true } });
    await closeLive(this.session!, this.record.database!.names);
  }

  private async write(changes: Partial<CutoverRecord>): Promise<void> {
    const record = { ...this.record, ...changes };
    await this.journal.write(record);
    this.record = record;
  }
}
