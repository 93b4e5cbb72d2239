/** An error as it goes from thread to thread, which leaves its class and its code behind otherwise. */
export interface Failure {
  name: string;
  code: string;
  message: string;
  /** Of a system call. */
  syscall: string | undefined;
  cause: unknown;
}

/** Throws the error again when it has no code: that is a fault of the program, and nobody expects it. */
export function failureOf(error: unknown): Failure {
  const { name, code, message, syscall, cause } = error as Partial<NodeJS.ErrnoException> & Error;
  if (!(error instanceof Error) || typeof code !== 'string') throw error;
  return { name, code, message, syscall, cause };
}

export function errorOf({ message, cause, ...rest }: Failure): Error & { code: string } {
  return Object.assign(new Error(message, { cause }), rest);
}
