import { IANAZone } from 'luxon';

/** Whether it is a zone of the IANA database that this Node knows; offsets such as `+02:00` are none. */
export function isTimeZone(name: string): boolean {
  return /^[A-Za-z]/.test(name) && IANAZone.isValidZone(name);
}
