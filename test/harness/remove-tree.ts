import { HeldPath } from '../../src/engine/filestore/paths/held-path.js';
import { removeHeld } from '../../src/engine/filestore/paths/remove-tree.js';

/** `removeHeld` for a whole path. */
export async function removeTree(path: string): Promise<void> {
  const held = await HeldPath.hold(path);
  if (held === undefined) return;
  try {
    await removeHeld(held.at, Buffer.from(path));
  } finally {
    await held.close();
  }
}
