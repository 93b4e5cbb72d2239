import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Configuration } from '../config/configuration.js';
import { expireEntries } from './chain/expire-entries.js';
import { chainHead, organizationsWithChains } from './chain/read-chain.js';
import { statementsOf } from './chain/statements.js';

/** What the daily run does about the audit. */
@Injectable()
export class AuditExpiry {
  private readonly logger = new Logger(AuditExpiry.name);

  constructor(
    private readonly configuration: Configuration,
    private readonly dataSource: DataSource,
  ) {}

  /**
   * Removes the entries that have had their time, and says the head of each chain, so that there is a copy of it elsewhere: whoever can
   * write all of a database can write a chain anew, and not what its log was given.
   */
  async run(signal: AbortSignal): Promise<void> {
    const run = statementsOf(this.dataSource.manager);
    for (const organization of await organizationsWithChains(run)) {
      signal.throwIfAborted();
      const removed = await expireEntries(this.dataSource, organization, this.configuration.AUDIT_DAYS, signal);
      const end = await chainHead(run, organization);
      if (end === undefined) continue;
      const head = `${end.sequence}:${end.hash}`;
      this.logger.log({ organization, head, removed }, `The audit ends with ${head}.`);
    }
  }
}
