import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sampleOf } from './thorough.js';

/**
 * What `npm test` draws some of, anew each time: files about further cases of what other files hold in every run. Whoever changes something
 * that one of them is about runs it by name; `npm run test:thorough` has all. Paths below `test/`, without `.test.ts`.
 */
const DRAWN_FROM = [
  // The service as a whole, beside capture, rollback, undo, verification and the gate.
  ...below('e2e', [
    ...[
      'after-rollback',
      'capabilities',
      'capture-failures',
      'connections-are-few',
      'database-properties',
      'differential',
      'hooks',
    ],
    ...['hurried-roles', 'import-from-the-vault', 'operations', 'pipeline-examples', 'progress', 'removal'],
    ...[
      'removal-tried-again',
      'rollback-beside-others',
      'rollback-refused',
      'verify',
      'odd-files',
      'sdk-streams',
      'separate-processes',
      'start-refused',
    ],
    ...[
      'starts-tell-the-truth',
      'vault-in-a-bucket',
      'confirmed-plan',
      'environment-check',
      'deploy-gate',
      'safety-snapshot',
      'webhook-deliveries',
    ],
  ]),
  ...below('e2e', [
    'running-limit',
    'safety-after-swap',
    'traces',
    'webhook-events',
    'recipes-page',
    'start-page',
    'left-out',
  ]),
  // The console, beside signing in, how it is served, and a rollback from its plan to its undo; `npm run test:console` has all.
  ...below('console', [
    ...['audit', 'environment', 'environment-settings', 'many-environments', 'operations', 'overview', 'palette'],
    ...['pages', 'rollback-plan', 'rollback-restart', 'session', 'sign-in-link', 'sign-in-oidc', 'snapshot'],
    ...['usage-and-access', 'webhooks', 'contents', 'compare', 'restore-items', 'export', 'environment-rules'],
  ]),
  // Trouble, beside the kill matrix, the kill loop and what damages do.
  ...below('faults', [
    'damaged-snapshot',
    'state-database-away',
    'worker-killed-in-capture',
    'worker-killed-while-telling',
    'worker-stopped',
  ]),
  ...below('faults', ['refusals-at-the-end', 'trace-receiver-away']),
  ...below('faults', [
    'rollback/full-disk',
    'vault/catalogue-away',
    'vault/failing-backend',
    'vault/full-disk',
    'vault/s3-trouble',
  ]),
  ...below('attacks', [
    'idle-streams-shut-nobody-out',
    'junk-tokens-keep-nobody-out',
    'links-swapped-beside-filestores-lead-nowhere',
  ]),
  ...below('conformance', ['backend', 'bucket', 's3-backend', 'unsound-servers']),
  // What stores a replica may be in, beside how it is copied to and kept.
  ...below('integration/replica', ['stores']),
  // Databases of all kinds, beside the round trips of their rows and definitions.
  ...below('integration/restorable', [
    ...[
      'enum-partitions',
      'extension-tables',
      'extensions',
      'functions-before-rows',
      'lc-monetary',
      'materialised-views',
    ],
    ...['nobody-enters-the-shadow', 'owners-and-privileges', 'search-path', 'settings'],
  ]),
  ...below('integration/engine', [
    ...['capabilities', 'file-references', 'filestore-sparse', 'postgres-swap', 'writer-during-capture'],
    ...['standby', 'keep-live', 'capture-restored', 'capture-closed', 'filestore-long-paths'],
    ...['standby-refresh', 'standby-refresh-rows', 'standby-servers', 'standby-full-disk'],
    ...['capture-database/definitions-change', 'capture-database/features', 'capture-database/generated-values'],
    ...['capture-database/giving-way', 'capture-database/lost-history', 'capture-database/lost-replication'],
    ...[
      'capture-database/names-in-planning',
      'capture-database/random-changes',
      'capture-database/reuse',
      'description/restore-access',
    ],
    ...['restore-database/missing-roles', 'restore-database/odd-missing-roles', 'restore-database/restore-failures'],
  ]),
  ...below('integration', ['audit/command-line', 'jobs/job-traces']),
  ...below('integration', ['embedded/embedded-postgres', 'embedded/killed-owner', 'recovery/extract']),
  ...below('integration', ['vault-catalogue/interleavings', 'vault-reader/read-with-another-program']),
  ...below('integration/pack-vault', ['repair', 'contents-of-all-sizes', 'content-hashes', 'check-beside-others']),
  ...below('contract', ['conflicts', 'traceparents']),
  // Clients, beside the list that the one for TypeScript goes through each time.
  ...below('sdk', ['conformance-proxy', 'react-query', 'typescript-package']),
  // The command line, beside the main job, deploying, the help and its documents.
  ...below('cli', [
    ...[
      'audit',
      'completion',
      'deploy-gate',
      'deploy-run-interrupted',
      'deploy-run-restart',
      'device-login',
      'schedule',
      'interrupted-waits',
      'comparing',
      'looking-inside',
    ],
    ...[
      'harmful-texts',
      'login-by-token',
      'looking-on',
      'other-versions',
      'own-certificates',
      'pipes-that-close',
      'proxies',
    ],
    ...[
      'rollback-waits',
      'token-renewal',
      'unsound-provider',
      'waiting-outlives-the-service',
      'waiting-outlives-tokens',
    ],
    ...[
      'waiting-shows-progress',
      'what-programs-get',
      'what-terminals-get',
      'what-destroys-asks',
      'profiles',
      'profiles-at-once',
    ],
    ...['names', 'vault', 'package'],
  ]),
];
/** So that all are met in some runs, and a run takes what one waits for. */
const ONE_IN = 40;

function below(directory: string, names: readonly string[]): string[] {
  return names.map((name) => `test/${directory}/${name}.test.ts`);
}

/** Those that are not drawn this time. Throws when one of the list is not there any more: it would be drawn, and nothing would run. */
export function filesLeftOut(): string[] {
  const gone = DRAWN_FROM.find((file) => !existsSync(join(import.meta.dirname, '..', '..', file)));
  if (gone !== undefined) throw new Error(`There is no ${gone} to draw.`);
  const drawn = new Set(sampleOf(DRAWN_FROM, Math.ceil(DRAWN_FROM.length / ONE_IN)));
  return DRAWN_FROM.filter((file) => !drawn.has(file));
}
