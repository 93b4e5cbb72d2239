/** A file that a thread of the vault loads: what its default export is made with, and what that is, says who asks for it. */
export interface ThreadFile<S> {
  /** Of the file `<name>.js`, or `.ts` where that is not compiled, beside the module at `from`. */
  name: string;
  from: string;
  /** Cloned. */
  start: S;
}

/** What is loaded from there, which is not looked at. Rejects when there is no such file. */
export async function loadDefault<P>(address: string): Promise<P> {
  return ((await import(address)) as { default: P }).default;
}

export function addressOf({ name, from }: ThreadFile<unknown>): string {
  return new URL(`./${name}${from.endsWith('.ts') ? '.ts' : '.js'}`, from).href;
}
