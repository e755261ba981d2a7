/** A line of Prometheus text: `name{label="value"}`, labels in the order of their names, and its value. */
export type Samples = ReadonlyMap<string, number>;

export function samplesIn(text: string): Samples {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name = '', labels = '', value = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === '') throw new Error(`No line of Prometheus: ${line}`);
    const sorted = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([pair]) => pair).sort((a, b) => (a < b ? -1 : 1));
    samples.set(sorted.length === 0 ? name : `${name}{${sorted.join(',')}}`, Number(value));
  }
  return samples;
}

/** Those of one metric, without what its name begins with. */
export function samplesOf(samples: Samples, name: string): Record<string, number> {
  const found = [...samples].filter(([key]) => key === name || key.startsWith(`${name}{`));
  return Object.fromEntries(found.map(([key, value]) => [key.slice(name.length), value]));
}
