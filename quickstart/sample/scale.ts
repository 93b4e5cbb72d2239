export type SampleScale = 'full' | 'tiny';

export interface SampleSize {
  customers: number;
  orders: number;
  files: number;
}

/** `full` is about 30 MB of database and 20 MB of files. */
export const SAMPLE_SIZES: Record<SampleScale, SampleSize> = {
  full: { customers: 5_000, orders: 35_000, files: 2_000 },
  tiny: { customers: 150, orders: 1_000, files: 60 },
};
