import { Column, Entity, JoinColumn, ManyToOne, PrimaryGeneratedColumn } from 'typeorm';
import type { Relation } from 'typeorm';
import type {
  EnvironmentType,
  NeutralizePath,
  OnUnreadableFile,
  ProvisionedFrom,
} from '../../contract/generated/types.gen.js';
import type { StoredDatabase, StoredHook } from '../connections/stored-connections.js';
import type { Exclusion } from '../../engine/exclusion/exclusion.js';
import type { DirectoryPlace } from '../../engine/filestore/paths/directory-place.js';
import type { DatabaseIdentity } from '../../engine/postgres/databases/database-identity.js';
import { ProjectEntity } from '../project.entity.js';

@Entity('environments')
export class EnvironmentEntity {
  @PrimaryGeneratedColumn('uuid')
  id: string;

  @Column('uuid', { name: 'project_id' })
  projectId: string;

  @ManyToOne(() => ProjectEntity)
  @JoinColumn({ name: 'project_id' })
  project?: Relation<ProjectEntity>;

  @Column('text')
  name: string;

  @Column('text')
  type: EnvironmentType;

  @Column('jsonb', { default: {} })
  labels: Record<string, string>;

  /** A connection without its password, or a reference to where its URL stands. */
  @Column('jsonb', { nullable: true })
  database: StoredDatabase | null;

  /** The password, sealed; see `SecretBox`. */
  @Column('text', { name: 'database_password', nullable: true })
  databasePassword: string | null;

  @Column('text', { name: 'filestore_path', nullable: true })
  filestorePath: string | null;

  /** What database that is and what directory, as they were when they were last looked at through this environment; see `PlaceProofKeeper`. */
  @Column('jsonb', { name: 'proven_database', nullable: true })
  provenDatabase: DatabaseIdentity | null;

  @Column('jsonb', { name: 'proven_filestore', nullable: true })
  provenFilestore: DirectoryPlace | null;

  @Column('text', { default: 'default' })
  pool: string;

  @Column('text', { name: 'neutralize_sql', nullable: true })
  neutralizeSql: string | null;

  /** Null: nobody has said what is to become of files; empty: nothing. */
  @Column('jsonb', { name: 'neutralize_paths', nullable: true })
  neutralizePaths: NeutralizePath[] | null;

  /** What is left out of its snapshots; null for nothing. */
  @Column('jsonb', { nullable: true })
  exclude: Exclusion | null;

  @Column('text', { name: 'on_unreadable_file', default: 'fail' })
  onUnreadableFile: OnUnreadableFile;

  @Column('boolean', { name: 'allow_unneutralized', default: false })
  allowUnneutralized: boolean;

  /** What is called around a cutover; the values of its headers are sealed, each under the environment's id. */
  @Column('jsonb', { name: 'before_cutover', nullable: true })
  beforeCutover: StoredHook | null;

  @Column('text', { name: 'before_cutover_headers', nullable: true })
  beforeCutoverHeaders: string | null;

  @Column('jsonb', { name: 'after_cutover', nullable: true })
  afterCutover: StoredHook | null;

  @Column('text', { name: 'after_cutover_headers', nullable: true })
  afterCutoverHeaders: string | null;

  /** The rollback that is swapping its database and directory right now; no capture may start meanwhile. */
  @Column('uuid', { name: 'cutover_by', nullable: true })
  cutoverBy: string | null;

  /** What is live: the state that a rollback has put in place, or null for the one of before any. Written together with the rollback's end. */
  @Column('uuid', { name: 'state_id', nullable: true })
  stateId: string | null;

  /** Its database and directory were made by us, from this snapshot; null for those of others. */
  @Column('jsonb', { name: 'provisioned_from', nullable: true })
  provisionedFrom: ProvisionedFrom | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt: Date;
}
