import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ConfigurationError } from '../config/configuration-error.js';
import { TrustDomains } from './trust-domains.js';

/** Refuses to start on projects of an organization whose tokens are not taken: nobody could see, stop or remove what runs for them. */
@Injectable()
export class ForeignState implements OnApplicationBootstrap {
  constructor(
    private readonly dataSource: DataSource,
    private readonly domains: TrustDomains,
  ) {}

  /** Throws a `ConfigurationError`. */
  async onApplicationBootstrap(): Promise<void> {
    const rows = await this.dataSource.query<{ organization: string }[]>(
      'SELECT DISTINCT organization FROM projects ORDER BY organization',
    );
    const foreign = rows.map(({ organization }) => organization).filter((each) => !this.domains.admits(each));
    if (foreign.length === 0) return;
    const named = foreign
      .slice(0, 3)
      .map((organization) => JSON.stringify(organization))
      .join(', ');
    const advice = rows.length === 1 ? `set ORGANIZATION to it` : 'set TENANCY=multiple, with places for each';
    throw new ConfigurationError(
      `There are projects of ${rows.length === 1 ? 'the organization' : 'organizations like'} ${named}, whose tokens would be refused; ${advice}.`,
    );
  }
}
