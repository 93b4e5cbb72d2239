import * as z from 'zod/mini';
import type { SnapshotSettings, SnapshotSettingsUpdate } from '../../../sdk/typescript/index.js';

/*
 * The limits of `SnapshotSettingsUpdate`, by hand: the generator writes control characters of patterns as they are, and makes big integers of
 * `int64`. `settings-schema.spec.ts` holds them against the contract, value by value.
 */

const whole = (least: number, most: number) =>
  z
    .int(`A whole number from ${least} to ${most}.`)
    .check(z.gte(least, `At least ${least}.`), z.lte(most, `At most ${most.toLocaleString('en')}.`));
const keep = z.nullable(whole(0, 1000));
const zone = z
  .string()
  .check(
    z.minLength(1, 'Name a zone.'),
    z.maxLength(64, 'At most 64 characters.'),
    z.regex(/^[A-Za-z][A-Za-z0-9_+/-]*$/, 'A zone such as Europe/Berlin, or UTC.'),
  );
const entry = z.strictObject({
  cron: z
    .string()
    .check(z.minLength(9, 'Five fields, such as 0 3 * * *.'), z.maxLength(200, 'At most 200 characters.')),
  timeZone: zone,
  keep: z.optional(whole(1, 1000)),
});

export const settingsSchema = z.strictObject({
  autoEnabled: z.boolean(),
  failurePolicy: z.enum(['block', 'continue']),
  maxPinned: whole(0, 100),
  retentionDays: z.nullable(whole(0, 3650)),
  timeoutSeconds: whole(60, 86_400),
  fullEveryDays: whole(1, 365),
  includeUnloggedTables: z.boolean(),
  maxReadBytesPerSecond: z.nullable(
    z
      .int('A number of MiB each second, at least 1.')
      .check(z.gte(1_048_576, 'At least 1 MiB each second.'), z.lte(1_099_511_627_776, 'At most 1 TiB each second.')),
  ),
  fileReferences: z.nullable(
    z.string().check(
      z.minLength(1, 'A query, or nothing.'),
      z.maxLength(10_000, 'At most 10,000 characters.'),
      // oxlint-disable-next-line no-control-regex -- it is this one that it must not have
      z.regex(/^[^\u0000]*$/, 'A NUL character is not allowed.'),
    ),
  ),
  undoMinutes: whole(0, 10_080),
  verify: z.enum(['never', 'after_capture']),
  verifyRestored: z.enum(['counts', 'sampled', 'all']),
  databaseProperties: z.enum(['captured', 'live']),
  standby: z.enum(['off', 'pre_deploy', 'newest']),
  gateRequires: z.enum(['captured', 'proven', 'standby']),
  timeZone: z.nullable(zone),
  schedule: z.nullable(z.array(entry).check(z.maxLength(10, 'At most 10 entries.'))),
  schedulePaused: z.nullable(z.boolean()),
  skipUnchanged: z.nullable(z.boolean()),
  keepLast: keep,
  keepHourly: keep,
  keepDaily: keep,
  keepWeekly: keep,
  keepMonthly: keep,
  keepYearly: keep,
});

/** All settings as they are to be; null for one that a project can have defaults of gives it back to these. */
export type Draft = z.infer<typeof settingsSchema>;
export type SettingName = keyof Draft;

export const SETTING_NAMES = Object.keys(settingsSchema.shape) as SettingName[];

export function draftOf(settings: SnapshotSettings): Draft {
  return Object.fromEntries(SETTING_NAMES.map((name) => [name, settings[name]])) as Draft;
}

/** What is otherwise in the draft: no more is sent, so that what others change meanwhile stays as they want it. */
export function changesOf(base: SnapshotSettings, draft: Draft): SnapshotSettingsUpdate {
  const changed = SETTING_NAMES.filter((name) => !isSame(base[name], draft[name]));
  return Object.fromEntries(changed.map((name) => [name, draft[name]]));
}

/** Which settings somebody else has changed. */
export function changedBetween(before: SnapshotSettings, after: SnapshotSettings): SettingName[] {
  return SETTING_NAMES.filter((name) => !isSame(before[name], after[name]));
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
