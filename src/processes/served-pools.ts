import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** A process that was not heard of for so long (seconds) serves nothing. */
export const GONE_AFTER_SECONDS = 45;

/** Which pools have workers at present, as far as these have said so. */
@Injectable()
export class ServedPools {
  constructor(private readonly dataSource: DataSource) {}

  async now(): Promise<Set<string>> {
    const rows: { pool: string }[] = await this.dataSource.query(
      `SELECT DISTINCT unnest(pools) AS pool FROM service_processes
        WHERE seen_at > now() - make_interval(secs => ${GONE_AFTER_SECONDS})`,
    );
    return new Set(rows.map(({ pool }) => pool));
  }
}
