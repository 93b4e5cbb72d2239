import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Request, RequestHandler, Response } from 'express';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** As the build has compressed them, the smaller first. */
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;
/** Their names hold a hash of what is in them. */
const HASHED = /^\/assets\//;

interface ServedFile {
  type: string;
  content: Buffer;
  encoded: Map<string, Buffer>;
}

/**
 * Serves the files of the built console, a few hundred kilobytes, from memory: no name that comes with a request is looked for on a disk.
 *
 * @param directory what `console/build.mjs` has written
 */
export function consoleFiles(directory: string): RequestHandler {
  const files = readFiles(directory);
  return (request: Request, response: Response, next) => {
    const file = files.get(request.path);
    if (file === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return next();
    const chosen = ENCODINGS.find(([name]) => file.encoded.has(name) && request.acceptsEncodings(name) === name)?.[0];
    response.type(file.type).vary('Accept-Encoding');
    response.setHeader('Cache-Control', HASHED.test(request.path) ? 'public, max-age=31536000, immutable' : 'no-cache');
    if (chosen !== undefined) response.setHeader('Content-Encoding', chosen);
    response.send(file.encoded.get(chosen ?? '') ?? file.content);
  };
}

function readFiles(directory: string): Map<string, ServedFile> {
  const files = new Map<string, ServedFile>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)];
    if (type === undefined || !entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const encoded = new Map<string, Buffer>();
    for (const [name, ending] of ENCODINGS) {
      const content = contentOf(path + ending);
      if (content !== undefined) encoded.set(name, content);
    }
    files.set(path.slice(directory.length), { type, content: readFileSync(path), encoded });
  }
  return files;
}

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    // Small ones are not compressed.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
