/** Injection token of the `Vault`. */
export const VAULT = Symbol('vault');

/** Of the `VaultAccess`: its parts, for whoever works beside the vault. */
export const VAULT_ACCESS = Symbol('vault access');
