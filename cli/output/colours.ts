const CODES = { title: [1, 22], added: [32, 39], removed: [31, 39], place: [36, 39] } as const;

/** What a text is; it shows as a colour where there are colours. */
export type Role = keyof typeof CODES;

export type Paint = (role: Role, text: string) => string;

export const plain: Paint = (_, text) => text;

/** Of text that is harmless already. */
export const coloured: Paint = (role, text) => `\x1b[${CODES[role][0]}m${text}\x1b[${CODES[role][1]}m`;
