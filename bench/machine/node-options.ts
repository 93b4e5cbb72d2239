/** What `npm start` and the image give to Node: less garbage is left lying about. */
export const NODE_OPTIONS = ['--max-semi-space-size=4'];
