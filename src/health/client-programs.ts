import { Logger } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { ConfigurationError } from '../config/configuration-error.js';
import { EngineError } from '../engine/engine-error.js';
import { findPrograms, type Program, type ProgramName } from '../engine/postgres/programs/programs.js';

/** What captures and restores run. */
const NEEDED: readonly ProgramName[] = ['pg_dump', 'pg_restore'];

/** PostgreSQL's client programs on this machine, said once at the start. */
export class ClientPrograms implements OnApplicationBootstrap {
  private readonly logger = new Logger(ClientPrograms.name);

  private constructor(private readonly found: ReadonlyMap<ProgramName, readonly Program[]>) {}

  /** Rejects with `ConfigurationError('client-tools-missing')` where one is missing that is `needed`, as workers do. */
  static async look(needed: boolean, find = findPrograms): Promise<ClientPrograms> {
    const found = new Map<ProgramName, readonly Program[]>();
    for (const name of NEEDED) {
      try {
        found.set(name, await find(name));
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        if (needed) throw new ConfigurationError(`PG_BIN: ${error.message}`, { cause: error, code: error.code });
        found.set(name, []);
      }
    }
    return new ClientPrograms(found);
  }

  /** `pg_dump 17, 15; pg_restore 17, 15` */
  toString(): string {
    return [...this.found].map(([name, programs]) => `${name} ${versions(programs)}`).join('; ');
  }

  onApplicationBootstrap(): void {
    this.logger.log(`PostgreSQL's programs here: ${this.toString()}`);
  }
}

function versions(programs: readonly Program[]): string {
  return programs.length === 0 ? 'none' : programs.map(({ major }) => major).join(', ');
}
