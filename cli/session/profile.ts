/** How a person, or a machine, calls one service. */
export interface Profile {
  /** Where the service answers. Its token is sent nowhere else. */
  url: string;
  /** Certificates to trust besides those of Node, a PEM file. */
  caFile?: string;
  login: Login;
  /** What commands are about unless they are told. */
  context: ProfileContext;
}

export type Login =
  | { kind: 'token' }
  | { kind: 'device-code'; issuer: string; clientId: string; scope: string; audience?: string };

export interface ProfileContext {
  project?: NamedId;
  environment?: NamedId & { projectId: string };
}

/** The id decides; the name, as it was then, is for people. */
export interface NamedId {
  id: string;
  name: string;
}

/** What is kept secret of a profile: in the keyring of the system, or in the file of profiles where there is none. */
export interface Tokens {
  access: string;
  refresh?: string;
  /** When `access` expires, where that is known: milliseconds since 1970. */
  expiresAt?: number;
}

/** What a header can take. Others are never put into one: who sends it would say the token in its complaint. */
export const TOKEN = /^[\x21-\x7e]+$/;

export interface ProfilesFile {
  version: 1;
  current?: string;
  profiles: Record<string, Profile & { tokens?: Tokens; tokensIn?: 'keyring' }>;
}

/** What a profile may be called: it becomes part of the name of an entry in the keyring. */
export const PROFILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
