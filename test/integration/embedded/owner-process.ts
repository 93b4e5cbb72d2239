import { startEmbeddedPostgres } from '../../../src/database/embedded/embedded-postgres.js';

/** Owns a server until it is killed; says over its channel, which keeps it alive, how to reach it. */
const postgres = await startEmbeddedPostgres({ dataDir: process.argv[2] ?? '' });
process.send?.({ url: postgres.url, pid: postgres.pid });
process.on('message', () => undefined);
