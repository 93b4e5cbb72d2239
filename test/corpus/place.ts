import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { environmentCreate, projectCreate, settingsUpdate } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { ask } from './ask.js';
import type { Role } from './role.js';
import type { World } from './world.js';

const TIMEOUT_SECONDS = 7200;

/** One database of the corpus for one role: live, with a filestore, and an empty environment beside it to roll back into. */
export class Place {
  private constructor(
    readonly world: World,
    /** Name of the database and of its role, unique on the server; an identifier that needs no quotes. */
    readonly id: string,
    readonly role: Role,
    private readonly password: string,
  ) {}

  static async create(world: World, { name }: { name: string }, role: Role): Promise<Place> {
    const id = `${name.replaceAll('-', '_')}_${role}`;
    const place = new Place(world, id, role, randomBytes(8).toString('hex'));
    const may = role === 'superuser' ? 'SUPERUSER' : 'NOSUPERUSER CREATEDB';
    for (const login of [id, place.otherId]) {
      await world.asSuperuser(`CREATE ROLE ${login} LOGIN ${may} PASSWORD '${place.password}'`);
      await world.asSuperuser(`CREATE DATABASE ${login} OWNER ${login} TEMPLATE template0`);
      await mkdir(join(world.filestores, login));
    }
    return place;
  }

  /** As the role. */
  get address(): DatabaseAddress {
    return this.world.server.address(this.id, this.id, this.password);
  }

  /** The same database as the server's superuser. */
  get superuserAddress(): DatabaseAddress {
    return this.world.address(this.id);
  }

  get files(): string {
    return join(this.world.filestores, this.id);
  }

  /** Database and filestore of the environment beside it, which belong to another role. */
  get other(): { address: DatabaseAddress; superuserAddress: DatabaseAddress; files: string } {
    return {
      address: this.world.server.address(this.otherId, this.otherId, this.password),
      superuserAddress: this.world.address(this.otherId),
      files: join(this.world.filestores, this.otherId),
    };
  }

  private get otherId(): string {
    return `${this.id}_else`;
  }

  async asRole(sql: string): Promise<void> {
    await ask(this.address, sql);
  }

  async asSuperuser(sql: string): Promise<void> {
    await ask(this.superuserAddress, sql);
  }

  /** Both environments, in a project of their own. */
  async register(): Promise<{ environmentId: string; otherEnvironmentId: string }> {
    const { client } = this.world;
    const project = await result(projectCreate({ client, body: { name: this.id } }));
    const ids: string[] = [];
    for (const { address, files } of [{ address: this.address, files: this.files }, this.other]) {
      const { host, port, database, user, password } = address;
      const environment = await result(
        environmentCreate({
          client,
          path: { projectId: project.id },
          body: {
            name: database,
            type: 'staging',
            database: { kind: 'connection', host, port, database, user, password },
            filestorePath: files,
          },
        }),
      );
      const path = { environmentId: environment.id };
      await result(settingsUpdate({ client, path, body: { undoMinutes: 0, timeoutSeconds: TIMEOUT_SECONDS } }));
      ids.push(environment.id);
    }
    return { environmentId: ids[0]!, otherEnvironmentId: ids[1]! };
  }

  /** Everything of it on the server, and its files. */
  async remove(): Promise<void> {
    const named = await this.world.asSuperuser(
      `SELECT datname::text AS name FROM pg_database
        WHERE pg_get_userbyid(datdba) IN ('${this.id}', '${this.otherId}') OR starts_with(datname, '${this.id}')`,
    );
    for (const { name } of named) await this.world.dropDatabase(String(name));
    const roles = await this.world.asSuperuser(
      `SELECT rolname::text AS name FROM pg_roles WHERE starts_with(rolname, '${this.id}')`,
    );
    for (const { name } of roles) {
      await this.world.asSuperuser(`DROP OWNED BY "${String(name)}" CASCADE`);
      await this.world.asSuperuser(`DROP ROLE "${String(name)}"`);
    }
    for (const path of [this.files, this.other.files]) await rm(path, { recursive: true, force: true });
  }
}
