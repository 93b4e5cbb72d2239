import koffi from 'koffi';

/** `mallopt` of the GNU C library: what is as large as this gets memory of its own from the system, and gives it back. */
const M_MMAP_THRESHOLD = -3;
const THRESHOLD_BYTES = 128 * 1024;

/**
 * Has the C library give large buffers back to the system as soon as they are freed. Left to itself it does so too, until
 * the first one has been freed; then it takes them for frequent, and keeps up to 32 MiB each in pieces that it can hardly use
 * again. A service that moves buffers from thread to thread keeps 100 MiB for nothing that way. Other C libraries do
 * without; whatever is missing here costs memory, no more.
 */
export function returnLargeBuffers(): void {
  try {
    const mallopt = koffi.load(null).func('int mallopt(int parameter, int value)');
    mallopt(M_MMAP_THRESHOLD, THRESHOLD_BYTES);
  } catch {
    // No glibc.
  }
}
