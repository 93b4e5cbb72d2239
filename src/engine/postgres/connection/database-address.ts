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
}

/** `require` encrypts without checking who answers; `verify-full` checks certificate and host name. */
export type TlsMode = 'disable' | 'require' | 'verify-full';
