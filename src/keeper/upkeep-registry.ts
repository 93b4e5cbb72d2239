import { Injectable } from '@nestjs/common';
import type { Upkeep } from './upkeep.js';
import type { KeeperKind } from './keeper-item.entity.js';

/** Which kinds there are. Features register theirs when their module starts. */
@Injectable()
export class UpkeepRegistry {
  private readonly kinds = new Map<KeeperKind, Upkeep>();

  register(upkeep: Upkeep): void {
    if (this.kinds.has(upkeep.kind)) throw new Error(`The keeper knows ${upkeep.kind} already.`);
    this.kinds.set(upkeep.kind, upkeep);
  }

  /** Undefined for a kind of another version of the program. */
  get(kind: KeeperKind): Upkeep | undefined {
    return this.kinds.get(kind);
  }

  all(): Upkeep[] {
    return [...this.kinds.values()];
  }
}
