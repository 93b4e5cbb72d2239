import type pg from 'pg';
import { isRefusal } from '../../connection/postgres-errors.js';
import { quoteIdentifier } from '../../sql/quote.js';

export interface Statement {
  sql: string;
  /** Whom it is sent as by SET ROLE; absent: as ourselves. */
  role?: string;
  /** Called when it could not be done, or not all of it, with PostgreSQL's reason. */
  onFailure: (reason: string) => void;
}

/** Statements of one transaction: a round trip each would be most of the time, and every table altered in one is locked till its end. */
const BATCH = 100;

/** What a server says when a GRANT or REVOKE did nothing, or only some of what it said; as a warning. */
const NOT_DONE = ['01006', '01007'];

/**
 * Sends statements in their order, many at a time. When one of them fails, those that were sent with it are sent again one by
 * one, so that all others are done; they must be such that twice is as good as once.
 */
export class StatementRunner {
  private readonly waiting: Statement[] = [];

  constructor(
    private readonly client: pg.ClientBase,
    private readonly signal?: AbortSignal,
  ) {}

  /** Rejects with `signal.reason`, or with the driver's error when the connection is lost. */
  async run(statement: Statement): Promise<void> {
    this.waiting.push(statement);
    if (this.waiting.length >= BATCH) await this.flush();
  }

  /** Resolves when all statements were tried. Rejects as `run` does. */
  async flush(): Promise<void> {
    this.signal?.throwIfAborted();
    const batch = this.waiting.splice(0);
    if (batch.length === 0) return;
    if ((await this.failure(batch.map(textOf).join(';\n'))) === undefined) return;
    for (const statement of batch) {
      this.signal?.throwIfAborted();
      const reason = await this.failure(textOf(statement));
      if (reason !== undefined) statement.onFailure(reason);
    }
  }

  /** All or nothing: several statements in one text are one transaction, and so is their SET ROLE. */
  private async failure(sql: string): Promise<string | undefined> {
    let reason: string | undefined;
    const onNotice = (notice: { code?: string | undefined; message?: string | undefined }) => {
      if (NOT_DONE.includes(notice.code ?? '')) reason = notice.message;
    };
    this.client.on('notice', onNotice);
    try {
      await this.client.query(sql);
      return reason;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return error.message;
    } finally {
      this.client.off('notice', onNotice);
    }
  }
}

function textOf({ sql, role }: Statement): string {
  return role === undefined ? sql : `SET ROLE ${quoteIdentifier(role)};\n${sql};\nRESET ROLE`;
}
