import type { Configuration } from '../config/configuration.js';

/** What an organization can be held to. */
export const QUOTAS = ['environments', 'snapshots', 'storedBytes', 'runningJobs', 'waitingJobs'] as const;

export type QuotaName = (typeof QUOTAS)[number];

/** What an operator has said of one organization; null: no limit, left out: as the configuration has it. */
export type OwnLimits = Partial<Record<QuotaName, number | null>>;

export interface QuotaLimit {
  /** Null: none. */
  limit: number | null;
  /** Whether an operator has said so of this organization, or the configuration of all. */
  source: 'organization' | 'configuration';
}

export type QuotaLimits = Readonly<Record<QuotaName, QuotaLimit>>;

/** The variable that has the limit of all organizations. */
const VARIABLES = {
  environments: 'QUOTA_ENVIRONMENTS',
  snapshots: 'QUOTA_SNAPSHOTS',
  storedBytes: 'QUOTA_STORED_BYTES',
  runningJobs: 'QUOTA_RUNNING_JOBS',
  waitingJobs: 'QUOTA_WAITING_JOBS',
} as const satisfies Record<QuotaName, keyof Configuration>;

export type QuotaDefaults = Pick<Configuration, (typeof VARIABLES)[QuotaName]>;

/** What holds of an organization. Pure. */
export function limitsOf(own: OwnLimits, defaults: QuotaDefaults): QuotaLimits {
  const limit = (name: QuotaName): QuotaLimit => {
    const said = own[name];
    if (said !== undefined) return { limit: said, source: 'organization' };
    return { limit: defaults[VARIABLES[name]] ?? null, source: 'configuration' };
  };
  return Object.fromEntries(QUOTAS.map((name) => [name, limit(name)])) as Record<QuotaName, QuotaLimit>;
}
