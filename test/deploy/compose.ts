import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export interface Service {
  image: string;
  user?: string;
  command?: string[];
  environment?: Record<string, string>;
  env_file?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  cap_add?: string[];
  security_opt?: string[];
  ports?: string[];
  networks?: string[];
  network_mode?: string;
  restart?: string;
  healthcheck?: Record<string, unknown>;
  depends_on?: Record<string, { condition: string }>;
  stop_grace_period?: string;
  deploy?: { replicas?: number; resources: { limits: Record<string, unknown> } };
  secrets?: string[];
}

export interface Compose {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
  secrets: Record<string, { file: string }>;
  configs: Record<string, { file: string }>;
}

export const DEPLOY = join(import.meta.dirname, '..', '..', 'deploy');
export const TEXT = readFileSync(join(DEPLOY, 'compose.yaml'), 'utf8');

/** The file with everything in the places where it is taken over from elsewhere. */
export function compose(): Compose {
  return parse(TEXT, { merge: true }) as Compose;
}
