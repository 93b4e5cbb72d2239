// Bundles the console into a directory, each file also compressed, so that the service has nothing to do but to send it.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';

const COMPRESSED = /\.(js|css|svg)$/;
/** Smaller ones fit in one packet anyway. */
const LEAST_BYTES = 1024;

/** @param {string} directory which is emptied */
export async function bundleConsole(directory) {
  await build({
    configFile: join(import.meta.dirname, 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: directory },
  });
  for (const name of readdirSync(directory, { recursive: true })) {
    const path = join(directory, name);
    if (!COMPRESSED.test(name) || statSync(path).size < LEAST_BYTES) continue;
    const content = readFileSync(path);
    writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
    writeFileSync(`${path}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
  }
}
