import type { MetricDescription } from '../../src/metrics/index.ts';

/** As it stands in docs/operations.md. */
export function metricTable(descriptions: readonly MetricDescription[]): string {
  const rows = [...descriptions]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, type, labels, help }) => {
      return `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`;
    });
  return ['| metric | type | labels | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
