import { FIRST_SUMMARISING } from '../machine/postgres-wheels.js';

/** As a small production server has them; the rest is PostgreSQL's default, so fsync and full_page_writes are on. */
const SERVER_SETTINGS: Record<string, string> = {
  shared_buffers: '512MB',
  effective_cache_size: '2GB',
  work_mem: '16MB',
  maintenance_work_mem: '256MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  wal_compression: 'on',
  max_connections: '200',
};

/** Of a server of this major version. What was written since a snapshot is part of what is measured where the server can say it. */
export function serverSettings(major: number): Record<string, string> {
  return { ...SERVER_SETTINGS, ...(major >= FIRST_SUMMARISING && { summarize_wal: 'on' }) };
}

/** Until the database is prepared: a crash costs nothing but preparing it again. */
export const BUILD_SETTINGS: Record<string, string> = {
  ...SERVER_SETTINGS,
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  autovacuum: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  maintenance_work_mem: '1GB',
};

/** The file that a server's own configuration includes. */
export function settingsFile(settings: Record<string, string>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = '${value}'\n`)
    .join('');
}
