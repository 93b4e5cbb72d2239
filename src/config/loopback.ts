/** Whether this name, as a URL or a variable has it, leads to the machine itself by definition. */
export function isLoopbackHost(name: string): boolean {
  const plain = name.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return plain === 'localhost' || plain === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(plain);
}

/** Whether what is sent there can be read by nobody on the way: by TLS, or on this machine. */
export function isPrivateUrl(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));
}
