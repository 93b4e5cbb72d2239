// Runs the conformance suite of the S3 backend against a real server, versitygw, which is built here once
// and runs on a free port over a directory of its own. Needs Go, and the Go module proxy the first time.
//
//   npm run test:s3-real
//   VERSITYGW_VERSION=v1.8.0 npm run test:s3-real   another version than the newest

import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const PROGRAM = 'github.com/versity/versitygw/cmd/versitygw';
const BUCKET = 'snapback-test';
const START_SECONDS = 20;

/** The program, built with Go into the user's cache. Another version has another place. */
function build(version) {
  const directory = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'snapback', `versitygw-${version}`);
  const program = join(directory, 'versitygw');
  if (existsSync(program)) return program;
  if (spawnSync('go', ['version']).status !== 0) {
    throw new Error(
      'Go is not on this machine: install it (https://go.dev/dl), or name a server of yours in S3_TEST_ENDPOINT and run vitest.',
    );
  }
  console.log(`Building versitygw ${version}; this takes a few minutes, once.`);
  mkdirSync(directory, { recursive: true });
  const built = spawnSync('go', ['install', `${PROGRAM}@${version}`], {
    env: { ...process.env, GOBIN: directory },
    stdio: 'inherit',
  });
  if (built.status !== 0)
    throw new Error(`versitygw ${version} could not be built. Set VERSITYGW_VERSION to one that can.`);
  return program;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves when somebody listens; rejects when the server ends or takes too long. */
async function listening(server, port) {
  for (let waited = 0; waited < START_SECONDS * 20; waited += 1) {
    if (server.exitCode !== null) throw new Error(`versitygw ended with ${server.exitCode}.`);
    const socket = connect(port, '127.0.0.1');
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
    await pause(50);
  }
  throw new Error(`versitygw did not listen within ${START_SECONDS} seconds.`);
}

async function main() {
  const program = build(process.env.VERSITYGW_VERSION ?? 'latest');
  const directory = mkdtempSync(join(tmpdir(), 'snapback-versitygw-'));
  // A directory is a bucket.
  mkdirSync(join(directory, 'data', BUCKET), { recursive: true });
  const port = await freePort();
  const [accessKey, secretKey] = [randomBytes(8).toString('hex'), randomBytes(20).toString('hex')];
  // Secrets go by the environment: arguments can be read by everybody.
  const env = { ...process.env, ROOT_ACCESS_KEY: accessKey, ROOT_SECRET_KEY: secretKey };
  const options = ['--port', `127.0.0.1:${port}`, '--keep-alive', '--quiet', 'posix', join(directory, 'data')];
  const server = spawn(program, options, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(server, 'exit');
  const stop = async () => {
    if (server.exitCode === null) server.kill('SIGKILL');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await listening(server, port);
    const suite = spawn('vitest', ['run', 'test/conformance/bucket.test.ts', ...process.argv.slice(2)], {
      env: {
        ...process.env,
        S3_TEST_ENDPOINT: `http://127.0.0.1:${port}`,
        S3_TEST_BUCKET: BUCKET,
        AWS_ACCESS_KEY_ID: accessKey,
        AWS_SECRET_ACCESS_KEY: secretKey,
      },
      stdio: 'inherit',
    });
    // Ctrl-C reaches the suite too; wait for it, and clean up.
    process.on('SIGINT', () => undefined);
    const [status] = await once(suite, 'exit');
    process.exitCode = status ?? 1;
  } finally {
    await stop();
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
