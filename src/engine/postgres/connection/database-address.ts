/** How to reach one database. Lives in memory only; the password is never logged or passed as an argument. */
export interface DatabaseAddress {
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
  tls: TlsMode;
  /** The host was not allowed by its name: it may lead to no machine but others' (see `isPublicAddress`), each time it is looked up. */
  publicOnly?: boolean;
  /** It is closed to everybody, and this is the way in. */
  entrance?: Entrance;
}

/** Lets us into a database that is closed; see `Door`. */
export interface Entrance {
  /** Runs what connects to the database, and keeps whose session has this process id. Rejects as `connect` does. */
  enter<T>(connect: () => Promise<T>, pidOf: (entered: T) => Promise<number | undefined>): Promise<T>;
  /** Starts a program that connects under this `application_name`, which nobody else knows. Resolves when it is in, or has ended. */
  admit<T extends { ended: Promise<unknown> }>(name: string, start: () => Promise<T>): Promise<T>;
}

/** `require` encrypts without checking who answers; `verify-full` checks certificate and host name. */
export type TlsMode = 'disable' | 'require' | 'verify-full';
