import { sourceOf } from '../backend/object-source.js';
import type { Backend } from '../backend/backend.js';
import { isBackendError } from '../backend/backend-error.js';
import { checkFormat } from '../check/check-vault.js';
import { newFormat, printFormat } from '../format/format-file.js';
import { FORMAT_KEY } from '../format/object-keys.js';

/**
 * Writes the format file anew where it is missing or damaged, with the settings of a new vault, and says so; undefined where nothing was
 * to be done. Nothing stored depends on the file: had the vault other settings, the next captures of large files store
 * them once more. Throws `VaultError('vault-too-old' | 'vault-too-new')`, and as the backend does.
 */
export async function repairFormat(backend: Backend): Promise<string | undefined> {
  const finding = await checkFormat(backend);
  if (finding === undefined) return undefined;
  const bytes = printFormat(newFormat());
  if (finding.code === 'format-missing') {
    await backend.put(FORMAT_KEY, sourceOf(bytes)).catch((error: unknown) => {
      if (!isBackendError(error, 'exists')) throw error;
    });
  } else {
    await backend.replace(FORMAT_KEY, bytes);
  }
  return `Wrote ${FORMAT_KEY} anew, with the settings of a new vault. If the old one had others, restore it from a copy: large files are stored once more otherwise.`;
}
