import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { type MetricDescription, openMetrics } from '../../src/metrics/index.ts';
import { metricTable } from '../support/metric-table.ts';
import { projectFile } from './deploy-file.ts';

const rule = z.object({
  alert: z.string(),
  expr: z.string(),
  for: z.string().regex(/^\d+m$/),
  labels: z.object({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.object({ summary: z.string().min(10), description: z.string().min(20), runbook: z.string() }),
});
const alertFile = z.object({ groups: z.array(z.object({ name: z.string(), rules: z.array(rule) })) });
const panel = z.object({ title: z.string().min(1), targets: z.array(z.object({ expr: z.string() })).optional() });
const dashboard = z.object({ title: z.string(), panels: z.array(panel.loose()), templating: z.unknown() });

const operations = projectFile('docs/operations.md');

async function describeMetrics(): Promise<readonly MetricDescription[]> {
  const metrics = openMetrics({ version: '1.2.3' });
  onTestFinished(() => metrics.close());
  return metrics.describe();
}

/** A selector with its labels, such as `name{label="value"}`. `up` is of Prometheus itself. */
const selector = /\b((?:lochness_gateway|process|nodejs)_\w+)(?:\{([^}]*)\})?/g;

/** What an expression of PromQL asks for that is not there: metrics, or labels of them. */
function missingFrom(expression: string, known: readonly MetricDescription[]): string[] {
  return [...expression.matchAll(selector)].flatMap(([, asked = '', labels = '']) => {
    const name = asked.replace(/_(bucket|sum|count)$/, '');
    const metric =
      known.find((each) => each.name === asked) ?? known.find((each) => each.name === name && each.type === 'histogram');
    if (metric === undefined) return [asked];
    const names = [...labels.matchAll(/(\w+)\s*(?:=~|!=|!~|=)/g)].map(([, label = '']) => label);
    // Prometheus adds these two to all that it scrapes.
    return names.filter((label) => ![...metric.labels, 'instance', 'job'].includes(label)).map((label) => `${asked}{${label}}`);
  });
}

describe('docs/operations.md', () => {
  it('has the table of all metrics as the registry has them', async () => {
    expect(operations.split(metricTable(await describeMetrics()))).toHaveLength(2);
  });
});

describe('the metrics', () => {
  it('are named by what they count, in base units', async () => {
    const known = await describeMetrics();
    expect(known.length).toBeGreaterThan(30);
    for (const { name, type, help, labels } of known) {
      expect(name).toMatch(/^(lochness_gateway|process|nodejs)_[a-z_]+$/);
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      if (type === 'histogram') expect(name).toMatch(/_seconds$/);
      expect(name).not.toMatch(/_(ms|milliseconds|kilobytes|mb|percent)(_|$)/);
      expect(help.length, name).toBeGreaterThan(3);
      expect(help, name).not.toMatch(/\n|\|/);
      expect(labels.every((label) => /^[a-z]+$/.test(label))).toBe(true);
    }
  });
});

describe('the alerts', () => {
  const { groups } = alertFile.parse(parse(projectFile('deploy/prometheus/alerts.yml')));
  const rules = groups.flatMap((group) => group.rules);

  it('ask for metrics and labels that are there', async () => {
    const known = await describeMetrics();
    expect(rules.length).toBeGreaterThan(10);
    expect(rules.flatMap(({ expr }) => missingFrom(expr, known))).toEqual([]);
    expect(missingFrom('rate(lochness_gateway_nothing_total{a="b"}[5m]) + lochness_gateway_ready{kind="x"}', known)).toEqual([
      'lochness_gateway_nothing_total',
      'lochness_gateway_ready{kind}',
    ]);
  });

  it('lead to what is to be done', () => {
    const anchors = [...operations.matchAll(/^#{2,3} (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
    for (const { alert, annotations } of rules) {
      const [file, anchor] = annotations.runbook.split('#');
      expect([alert, file]).toEqual([alert, 'docs/operations.md']);
      expect(anchors, alert).toContain(anchor);
    }
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  it('are loaded by the example of a configuration, which scrapes the job that they name', () => {
    const config = parse(projectFile('deploy/prometheus/prometheus.yml'));
    expect(config.rule_files).toEqual(['alerts.yml']);
    expect(config.scrape_configs.map((each: { job_name: string }) => each.job_name)).toEqual(['lochness-gateway']);
    const jobs = rules.flatMap(({ expr }) => [...expr.matchAll(/job="([^"]*)"/g)].map(([, job]) => job));
    expect(new Set(jobs)).toEqual(new Set(['lochness-gateway']));
  });
});

describe('the dashboard', () => {
  it('asks for metrics and labels that are there', async () => {
    const known = await describeMetrics();
    const { panels, templating } = dashboard.parse(JSON.parse(projectFile('deploy/grafana/lochness-gateway.json')));
    const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(expressions.length).toBeGreaterThan(30);
    expect([...expressions, JSON.stringify(templating)].flatMap((expr) => missingFrom(expr, known))).toEqual([]);
  });

  it('shows all that a gateway tells of itself', async () => {
    const known = await describeMetrics();
    const text = projectFile('deploy/grafana/lochness-gateway.json');
    expect(known.filter(({ name }) => !text.includes(name)).map(({ name }) => name)).toEqual(['nodejs_heap_size_total_bytes']);
  });
});

/** As GitHub makes them. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}
