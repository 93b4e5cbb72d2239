// Asks for one URL again and again, in a process of its own: what the client costs is not the bench's, nor the server's.
import { load, type Load } from '../list/load.js';

export interface LoadRequest {
  url: string;
  headers: Record<string, string>;
  connections: number;
  seconds: number;
}

export type LoadReport = { load: Load } | { error: string };

process.on('message', (message) => {
  const { url, headers, ...options } = message as LoadRequest;
  const tell = (report: LoadReport) => process.send?.(report);
  load(url, headers, options).then(
    (measured) => tell({ load: measured }),
    (error: Error) => tell({ error: error.message }),
  );
});
