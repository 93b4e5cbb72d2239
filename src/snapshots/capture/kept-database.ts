import type { CaptureWarning } from '../../engine/capture/capture-warnings.js';
import type { DatabaseAddress } from '../../engine/postgres/connection/database-address.js';
import { Door } from '../../engine/postgres/connection/door.js';
import { findMaintenanceDatabase } from '../../engine/postgres/connection/maintenance-database.js';
import type { KeptState } from './kept-state.js';

/** Closes it, whoever has left it open, and is the way in from then on. Rejects as `Door.of` does. Whoever asks for it leaves it. */
export async function doorOf({ name, oid }: NonNullable<KeptState['database']>, live: DatabaseAddress): Promise<Door> {
  return Door.of({ maintenance: await maintenanceOf(live), database: name, oid });
}

/** Any other database of the server, as the environment's role. */
export async function maintenanceOf(live: DatabaseAddress): Promise<DatabaseAddress> {
  return { ...live, database: (await findMaintenanceDatabase(live, {})) ?? live.database };
}

/** Who came in meanwhile, and was sent away. */
export function strangersAt(door: Door): CaptureWarning[] {
  return door.strangers.map((who) => ({
    code: 'strangers-ended',
    message: `Somebody connected to the previous database while it was open to be captured, and was ended: ${who}.`,
  }));
}
