import type { IncomingMessage } from 'node:http';
import type { ObjectStore } from './object-store.js';
import type { ServerHabits } from './server-habits.js';

export interface S3Request {
  request: IncomingMessage;
  store: ObjectStore;
  habits: ServerHabits;
  /** Empty for a request to the bucket itself. */
  key: string;
  query: URLSearchParams;
}
