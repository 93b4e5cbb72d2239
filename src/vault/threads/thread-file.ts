/** A file that a thread of the vault loads: what its default export is made with, and what that is, says who asks for it. */
export interface ThreadFile<S> {
  /** Of the file `<name>.js`, or `.ts` where that is not compiled, beside the module at `from`. */
  name: string;
  from: string;
  /** Cloned. */
  start: S;
}

export function addressOf({ name, from }: ThreadFile<unknown>): string {
  return new URL(`./${name}${from.endsWith('.ts') ? '.ts' : '.js'}`, from).href;
}
