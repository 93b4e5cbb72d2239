import { useBuild } from './builds/build-in-use.js';
import { ConfigurationError } from './config/configuration-error.js';
import { loadConfiguration } from './config/load-configuration.js';
import { startFailure } from './start-failure.js';

/** The oldest Node.js the service runs on. */
const MINIMUM_NODE = 24;

async function main(): Promise<void> {
  if (Number(process.versions.node.split('.')[0]) < MINIMUM_NODE) {
    throw new ConfigurationError(
      `Snapback needs Node.js ${MINIMUM_NODE} or newer, this is ${process.versions.node}; start it with "npm start", which brings its own.`,
    );
  }
  await useBuild();
  const configuration = loadConfiguration(process.env);
  const { returnLargeBuffers } = await import('./large-buffers.js');
  returnLargeBuffers();
  const { startService } = await import('./start-service.js');
  let isTold = false;
  const service = await startService(configuration, {
    // On standard output and in no line of the log: whoever reads the terminal is who started this.
    signInLink: (link) => {
      isTold = true;
      console.log(`Snapback's console: ${link}`);
    },
  });
  if (service.url !== undefined && configuration.CONSOLE_ENABLED && !isTold)
    console.log(`Snapback's console: ${service.url}/`);
  if (service.url !== undefined && configuration.DOCS_ENABLED)
    console.log(`Snapback answers at ${service.url}, Swagger UI is at ${service.url}/docs`);

  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // Impatience is not an order to lose work: the second signal changes nothing.
      if (stopping) return;
      stopping = true;
      void service.stop().then(
        () => process.exit(0),
        (error: unknown) => fail(error),
      );
    });
  }
}

function fail(error: unknown): never {
  console.error(startFailure(error));
  process.exit(1);
}

main().catch(fail);
