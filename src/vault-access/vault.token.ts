/** Injection token of the `Vault`. */
export const VAULT = Symbol('vault');
