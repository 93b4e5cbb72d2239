import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { Configuration } from '../../config/configuration.js';
import {
  type DirectoryPlace,
  pathsOverlap,
  placeOfDirectory,
  placesOverlap,
} from '../../engine/filestore/paths/directory-place.js';
import type { DatabaseAddress } from '../../engine/postgres/connection/database-address.js';
import {
  type DatabaseIdentity,
  identifyDatabase,
  isSameDatabase,
} from '../../engine/postgres/databases/database-identity.js';
import { mapConcurrently } from '../../vault/map-concurrently.js';
import { isSameServer } from '../connections/database-hosts.js';
import { EnvironmentConnections } from '../connections/environment-connections.js';
import type { Located } from '../connections/environment-connections.js';
import { EnvironmentEntity } from '../environments/environment.entity.js';

/** Places that are looked at at a time. */
const LOOKED_AT_AT_ONCE = 8;
/** How long looking may take in all: what was not seen by then counts as another place. */
const LOOK_MS = 2_000;

/** An environment, or one that somebody wants to have. */
export type PlacedEnvironment = Located & Pick<EnvironmentEntity, 'pool'>;

export interface SharingOptions {
  /** Only environments of this one are compared by name, or looked at. */
  organization: string;
  /** Also compares what the places are, not only what they are called: it connects, and reads directories. */
  look: boolean;
}

/** A database as it is called: what is compared without touching it. */
type DatabaseName = Pick<DatabaseAddress, 'host' | 'port' | 'database'>;

/**
 * Finds the environment that has a place already: the same database, or the same directory or one that lies in the other. By
 * what is known without touching anything (host, port and name; where the URL is kept; the path), and where it may look, by
 * identity too. A name means the same only to the same machines: environments of pools that no process here reaches
 * together are not compared. Of several it names the one that was registered first. Other organizations' environments count only
 * where they have proven to be there.
 */
@Injectable()
export class SharedPlaces {
  constructor(
    private readonly configuration: Configuration,
    private readonly connections: EnvironmentConnections,
  ) {}

  /** Never rejects for a place that cannot be looked at: it is then compared by name. */
  async findDatabase(
    manager: EntityManager,
    environment: PlacedEnvironment,
    options: SharingOptions,
  ): Promise<EnvironmentEntity | null> {
    if (environment.database === null) return null;
    const mine = await this.nameOf(environment);
    const all = await otherEnvironments(manager, environment, options)
      .andWhere(`(other.database ->> 'database' = :name OR NOT other.database ? 'host')`, {
        name: mine?.database ?? null,
      })
      .getMany();
    const candidates: EnvironmentEntity[] = [];
    for (const other of all.filter((each) => this.onSameMachines(environment, each))) {
      // Two that read their URL from the same variable or file, whatever it says.
      if (isDeepStrictEqual(environment.database, other.database)) return other;
      const name = await this.nameOf(other);
      if (mine === undefined || name?.database !== mine.database) continue;
      if (isSameServer(mine, name)) return other;
      candidates.push(other);
    }
    if (!options.look || candidates.length === 0 || !this.isReachable(environment)) return null;
    return inTime((signal) => this.findIdentical(environment, candidates, signal));
  }

  /** The same for the filestore. */
  async findFilestore(
    manager: EntityManager,
    environment: PlacedEnvironment,
    options: SharingOptions,
  ): Promise<EnvironmentEntity | null> {
    const path = environment.filestorePath;
    if (path === null) return null;
    const all = await otherEnvironments(manager, environment, options)
      .andWhere('other.filestorePath IS NOT NULL')
      .getMany();
    const others = all.filter((other) => this.onSameMachines(environment, other));
    const named = others.find(({ filestorePath }) => pathsOverlap(filestorePath ?? '', path));
    if (named !== undefined || !options.look || !this.isReachable(environment)) return named ?? null;
    return inTime(() => findOverlapping(path, others));
  }

  /** Whether an environment of another organization was proven to be on this database: by its own login, not by its name. */
  async isDatabaseOfOthers(manager: EntityManager, organization: string, mine: DatabaseIdentity): Promise<boolean> {
    const others = await elsewhere(manager, organization)
      .andWhere(`other.provenDatabase ->> 'oid' = :oid`, { oid: String(mine.oid) })
      .getMany();
    return others.some(({ provenDatabase }) => provenDatabase !== null && isSameDatabase(mine, provenDatabase));
  }

  /** The same for its directory, or one in it or above it, as machines of the environment's pool see it. */
  async isFilestoreOfOthers(
    manager: EntityManager,
    organization: string,
    environment: PlacedEnvironment,
    mine: DirectoryPlace,
  ): Promise<boolean> {
    const others = await elsewhere(manager, organization)
      .andWhere('(other.provenFilestore ->> 0 = ANY(:places) OR other.provenFilestore @> :place)', {
        places: [...mine],
        place: JSON.stringify(mine.slice(0, 1)),
      })
      .getMany();
    return others.some((other) => this.onSameMachines(environment, other));
  }

  /** Undefined where nobody here can read what it is called. */
  private async nameOf(environment: PlacedEnvironment): Promise<DatabaseName | undefined> {
    const { database } = environment;
    if (database !== null && 'host' in database) return database;
    const resolved = this.connections.resolve({ ...environment, filestorePath: null });
    return resolved.then((places) => places.database).catch(() => undefined);
  }

  private async findIdentical(
    environment: PlacedEnvironment,
    others: readonly EnvironmentEntity[],
    signal: AbortSignal,
  ): Promise<EnvironmentEntity | null> {
    const identify = async (each: PlacedEnvironment): Promise<DatabaseIdentity | undefined> => {
      try {
        const { database } = await this.connections.resolve({ ...each, filestorePath: null });
        return database && (await identifyDatabase(database, { timeoutMs: LOOK_MS, signal }));
      } catch {
        return undefined;
      }
    };
    const mine = await identify(environment);
    if (mine === undefined) return null;
    return firstOf(others, async (other) => {
      const theirs = await identify(other);
      return theirs !== undefined && isSameDatabase(mine, theirs);
    });
  }

  private onSameMachines(one: PlacedEnvironment, other: PlacedEnvironment): boolean {
    return one.pool === other.pool || (this.isReachable(one) && this.isReachable(other));
  }

  private isReachable({ pool }: PlacedEnvironment): boolean {
    return this.configuration.WORKER_POOLS.includes(pool);
  }
}

/** The first registered comes first. */
function otherEnvironments(
  manager: EntityManager,
  { id }: PlacedEnvironment,
  { organization }: SharingOptions,
): SelectQueryBuilder<EnvironmentEntity> {
  return manager
    .createQueryBuilder(EnvironmentEntity, 'other')
    .innerJoinAndSelect('other.project', 'project')
    .where('other.id <> :id AND project.organization = :organization', { id, organization })
    .orderBy('other.createdAt')
    .addOrderBy('other.id');
}

function elsewhere(manager: EntityManager, organization: string): SelectQueryBuilder<EnvironmentEntity> {
  return manager
    .createQueryBuilder(EnvironmentEntity, 'other')
    .innerJoin('other.project', 'project')
    .where('project.organization <> :organization', { organization });
}

async function findOverlapping(path: string, others: readonly EnvironmentEntity[]): Promise<EnvironmentEntity | null> {
  const look = (directory: string | null) => placeOfDirectory(directory ?? '').catch(() => undefined);
  const mine = await look(path);
  if (mine === undefined) return null;
  return firstOf(others, async ({ filestorePath }) => {
    const theirs = await look(filestorePath);
    return theirs !== undefined && placesOverlap(mine, theirs);
  });
}

/** The first of which `isIt` says so; several are asked at a time. */
async function firstOf<T>(items: readonly T[], isIt: (item: T) => Promise<boolean>): Promise<T | null> {
  const asked = mapConcurrently(items, LOOKED_AT_AT_ONCE, async (item) => ((await isIt(item)) ? item : null));
  for await (const found of asked) if (found !== null) return found;
  return null;
}

/** Gives up on what does not answer: a network, or a file system on one, may hang. */
async function inTime<T>(look: (signal: AbortSignal) => Promise<T | null>): Promise<T | null> {
  const done = new AbortController();
  const late = setTimeout(LOOK_MS, null, { signal: done.signal });
  late.catch(() => undefined);
  try {
    return await Promise.race([look(done.signal), late]);
  } finally {
    done.abort();
  }
}
