/** The decisions, and before them a page that lists them. */
export function decisionPages(decisions) {
  const text = [
    '# Decisions',
    '',
    'What was hard to decide and would be hard to take back: the context of each, what was chosen, and what it costs.',
    '',
    // "12. One organization" is the twelfth of a list.
    ...decisions.map(({ title, source }) =>
      title.replace(/^(\d+\.) (.*)$/, (_, number, rest) => `${number} [${rest}](${source.split('/').at(-1)})`),
    ),
  ].join('\n');
  const list = { source: 'docs/adr/README.md', url: 'adr/index.html', title: 'Decisions', text };
  return [list, ...decisions.map((page) => ({ ...page, listed: false, above: list.url }))];
}
