import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Configuration } from '../../config/configuration.js';
import type { EnvironmentUpdateWritable, FieldError } from '../../contract/generated/types.gen.js';
import type { StoredDatabase } from '../connections/stored-connections.js';
import { EngineError } from '../../engine/engine-error.js';
import type { Exclusion } from '../../engine/exclusion/exclusion.js';
import { judgeExclusion } from '../../engine/exclusion/judge-exclusion.js';
import { isUnderRoots } from '../../engine/filestore/paths/allowed-path.js';
import { pathsOverlap } from '../../engine/filestore/paths/directory-place.js';
import { probeDatabase } from '../../engine/postgres/databases/probe-database.js';
import { errors } from '../../errors/catalogue.js';
import type { EntityManager } from 'typeorm';
import { isAllowedHost } from '../connections/database-hosts.js';
import { EnvironmentConnections } from '../connections/environment-connections.js';
import type { EnvironmentPlaces } from '../connections/environment-connections.js';
import type { EnvironmentEntity } from './environment.entity.js';
import { ProjectPlaces } from '../../trust-domains/project-places.js';
import type { OrganizationPlaces } from '../../trust-domains/trust-domains.js';
import { ownDirectories } from '../places/own-places.js';
import { SharedPlaces } from '../places/shared-places.js';
import type { SharingOptions } from '../places/shared-places.js';

/** An environment as it would be stored. */
export type Prospect = Pick<
  EnvironmentEntity,
  'id' | 'projectId' | 'database' | 'databasePassword' | 'filestorePath' | 'labels' | 'pool'
>;

/** Which parts a request brings, so that only those are looked at: the rest was accepted before. */
export interface Parts {
  database: boolean;
  filestore: boolean;
}

/** A place that is another environment's. */
export interface TakenPlace {
  /** The beginning of a sentence. */
  what: string;
  by: EnvironmentEntity;
}

/** What is asked of an environment before it is accepted. Problems are a `validation-failed` that names each field. */
@Injectable()
export class EnvironmentChecks {
  constructor(
    private readonly configuration: Configuration,
    private readonly connections: EnvironmentConnections,
    @Inject(ProjectPlaces) private readonly domains: Pick<ProjectPlaces, 'ofOrganization'>,
    private readonly places: SharedPlaces = new SharedPlaces(configuration, connections),
  ) {}

  /** The rules that hold for its organization whether the environment can be reached or not. Nothing is looked at. */
  refuseForbidden(prospect: Prospect, parts: Parts, organization: string): void {
    const places = this.domains.ofOrganization(organization);
    const { database, filestorePath } = prospect;
    const problems: FieldError[] = [];
    if (database === null && filestorePath === null) {
      const message = 'and filestorePath must not both be null; an environment has one of them, or both';
      problems.push({ field: 'database', message });
    }
    if (parts.database && database !== null) problems.push(...problemsOfDatabase(database, places));
    if (parts.filestore && filestorePath !== null) problems.push(...this.problemsOfFilestore(filestorePath, places));
    if (!isWellFormed(prospect.labels)) problems.push({ field: 'labels', message: ILL_FORMED });
    if (problems.length > 0) throw errors.validationFailed(problems);
  }

  /** A URL that is none would be found in the middle of a rollback, when the hook is called. */
  refuseBrokenHooks(hooks: Pick<EnvironmentUpdateWritable, 'beforeCutover' | 'afterCutover'>): void {
    const { beforeCutover, afterCutover } = hooks;
    const problems = Object.entries({ beforeCutover, afterCutover })
      .filter(([, hook]) => hook?.kind === 'request' && !URL.canParse(hook.url))
      .map(([name]) => ({ field: `${name}.url`, message: 'must be a URL with a host that can be' }));
    if (problems.length > 0) throw errors.validationFailed(problems);
  }

  /** Patterns that are none, or under which nothing would be left to capture. */
  refuseBrokenExclusion(exclusion: Exclusion | null): void {
    const problems = (exclusion === null ? [] : judgeExclusion(exclusion)).map(({ list, index, message }) => ({
      field: index === null ? `exclude.${list}` : `exclude.${list}.${index}`,
      message,
    }));
    if (problems.length > 0) throw errors.validationFailed(problems);
  }

  /** Connects to the database and looks at the directory, both at once, within CHECK_TIMEOUT_MS. */
  async refuseUnreachable(prospect: Prospect, parts: Parts): Promise<void> {
    if (!this.configuration.WORKER_POOLS.includes(prospect.pool)) {
      const message = 'is not among the pools this process can reach; add ?check=false to accept it unchecked';
      throw errors.validationFailed([{ field: 'pool', message }]);
    }
    const problems = await Promise.all([
      parts.database && problemOf(this.probe(prospect), databaseField(prospect)),
      parts.filestore && problemOf(this.look(prospect), () => 'filestorePath'),
    ]);
    const found = problems.filter((problem) => typeof problem === 'object');
    if (found.length > 0) throw errors.validationFailed(found);
  }

  /** Which environment of the organization has the database or the filestore already; with `look`, within two seconds or so. */
  async findTaken(
    manager: EntityManager,
    prospect: Prospect,
    parts: Parts,
    options: SharingOptions,
  ): Promise<TakenPlace | null> {
    const [database, filestore] = [
      parts.database ? await this.places.findDatabase(manager, prospect, options) : null,
      parts.filestore ? await this.places.findFilestore(manager, prospect, options) : null,
    ];
    if (database !== null) return { what: nameOfDatabase(prospect), by: database };
    return filestore === null ? null : { what: `The filestore ${prospect.filestorePath}`, by: filestore };
  }

  private problemsOfFilestore(path: string, { filestoreRoots }: OrganizationPlaces): FieldError[] {
    const field = 'filestorePath';
    if (!isUnderRoots(path, [...filestoreRoots]))
      return [
        {
          field,
          message: 'must be an absolute path below one of the filestore roots of your organization, without ".."',
        },
      ];
    const own = ownDirectories(this.configuration).map((each) => resolve(each));
    if (!own.some((each) => pathsOverlap(each, path))) return [];
    return [{ field, message: 'must not overlap with a directory that the service keeps its own data in' }];
  }

  /** Connects to the database. Rejects with an `EngineError` when it does not answer, in time or at all. */
  async probe(prospect: Prospect): Promise<void> {
    const { database } = await this.inTime(this.connections.resolve({ ...prospect, filestorePath: null }));
    if (database) await probeDatabase(database, { timeoutMs: this.configuration.CHECK_TIMEOUT_MS });
  }

  /** Looks at the directory. Rejects with an `EngineError` when it is not there, may not be read, or does not answer in time. */
  async look(prospect: Prospect): Promise<void> {
    await this.inTime(this.connections.resolve({ ...prospect, database: null }).then(refuseUnreadable));
  }

  /** Gives up on what hangs, as files on a network may. */
  private async inTime<T>(work: Promise<T>): Promise<T> {
    const limitMs = this.configuration.CHECK_TIMEOUT_MS;
    const answered = new AbortController();
    const late = setTimeout(limitMs, undefined, { signal: answered.signal }).then((): never => {
      throw new EngineError('filestore-unreadable', `Reading took longer than ${limitMs / 1000} s.`);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      late.catch(() => undefined);
      answered.abort();
    }
  }
}

/** PostgreSQL's jsonb takes no half of a surrogate pair. */
const ILL_FORMED = 'must be well-formed Unicode';

function isWellFormed(value: object): boolean {
  return Object.values(value).every((text) => typeof text !== 'string' || text.isWellFormed());
}

function problemsOfDatabase(database: StoredDatabase, places: OrganizationPlaces): FieldError[] {
  const problems: FieldError[] = [];
  if ('host' in database && !isAllowedHost(database.host, places.databaseHosts)) {
    problems.push({
      field: 'database.host',
      message: 'must be one of the hosts that the service allows to your organization (DATABASE_HOSTS)',
    });
  }
  if ('env' in database && !places.mayRead(database.env)) {
    problems.push({
      field: 'database.env',
      message: 'must be a variable that holds a connection URL of your organization',
    });
  }
  if (!isWellFormed(database)) problems.push({ field: 'database', message: ILL_FORMED });
  return problems;
}

/** Where its URL stands elsewhere, what it says is nobody's business. */
function nameOfDatabase({ database }: Prospect): string {
  if (database === null || !('host' in database)) return 'The database';
  return `The database ${database.database} on ${database.host}:${database.port}`;
}

function databaseField({ database }: Prospect): (error: EngineError) => string {
  const direct = database !== null && 'host' in database;
  return ({ code }) => (direct && code === 'database-unreachable' ? 'database.host' : 'database');
}

async function problemOf(
  check: Promise<void>,
  fieldOf: (error: EngineError) => string,
): Promise<FieldError | undefined> {
  try {
    await check;
    return undefined;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { field: fieldOf(error), message: `cannot be used: ${error.message.replace(/\.$/, '')}` };
  }
}

async function refuseUnreadable({ filestore }: EnvironmentPlaces): Promise<void> {
  if (filestore === undefined) return;
  await access(filestore, constants.R_OK | constants.X_OK).catch((cause: unknown) => {
    throw new EngineError('filestore-unreadable', 'The service may not read the directory.', { cause });
  });
}
