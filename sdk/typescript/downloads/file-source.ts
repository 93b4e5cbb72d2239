import { errorOf } from '../errors/error-of.js';
import { SnapbackError } from '../errors/snapback-error.js';
import type { Client } from '../generated/client/index.js';
import type { SnapshotFileDownloadData } from '../generated/types.gen.js';

/** Where a file is in the filestore: `attachments/2026/invoice.pdf`, or the `pathBase64` that an entry has whose path is not UTF-8. */
export type FilePath = string | { pathBase64: string };

/** An answer with bytes in it, or why there is none. */
export type OpenedFile =
  | { response: Response; body: ReadableStream<Uint8Array> }
  | { refused: unknown; headers: Headers };

export interface FileSource {
  /** The last part of its path. */
  name: string;
  /** Throws a `NoAnswerError` when nothing answers. */
  open(headers: Record<string, string>, signal: AbortSignal): Promise<OpenedFile>;
}

/** As queries have it. */
export function queryOf(at: FilePath): { path: string } | { pathBase64: string } {
  return typeof at === 'string' ? { path: at } : { pathBase64: at.pathBase64 };
}

/** A file of a snapshot. */
export function fileSource(client: Client, path: SnapshotFileDownloadData['path'], at: FilePath): FileSource {
  const url: SnapshotFileDownloadData['url'] =
    '/api/v1/environments/{environmentId}/snapshots/{snapshotId}/file/content';
  return contentSource(client, nameOf(at), { url, path, query: queryOf(at) });
}

/**
 * What an operation answers with as bytes. The generated function for it cannot say what it was answered with before all of it has come; so the request is
 * made without it.
 */
export function contentSource(
  client: Client,
  name: string,
  { url, path, query = {} }: { url: string; path: Record<string, string>; query?: Record<string, string> },
): FileSource {
  const security = [{ scheme: 'bearer', type: 'http' }] as const;
  return {
    name,
    open: async (asked, signal) => {
      // What is compressed on its way has another length, and cannot be taken up in the middle.
      const headers = { Accept: '*/*', 'Accept-Encoding': 'identity', ...asked };
      const answer = await client.get({ url, path, query, signal, parseAs: 'stream', security, headers });
      const { data, error, response, request } = answer;
      if (response === undefined) throw errorOf(error, response, request);
      const { headers: answered, status } = response;
      if (error !== undefined) return { refused: errorOf(error, response, request), headers: answered };
      if (data instanceof ReadableStream) return { response, body: data };
      return { refused: new SnapbackError('The answer has no content.', { status }), headers: answered };
    },
  };
}

/** What is not UTF-8 in it is replaced. */
function nameOf(at: FilePath): string {
  const path = typeof at === 'string' ? at : new TextDecoder().decode(bytesOf(at.pathBase64));
  return path.slice(path.lastIndexOf('/') + 1);
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
