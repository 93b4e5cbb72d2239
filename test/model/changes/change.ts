import type { World } from '../world.js';

/** One kind of change, with how often it is chosen compared with others. */
export interface Change {
  name: string;
  weight: number;
  run(world: World): Promise<unknown>;
}
