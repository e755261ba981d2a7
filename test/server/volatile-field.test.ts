import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { buildSchema } from '../../src/schema/index.ts';
import { isVolatile } from '../../src/server/volatile-field.ts';

describe('The fields that may be answered otherwise at one revision', () => {
  it('are those that ARCHITECTURE.md lists', async () => {
    const text = await readFile(fileURLToPath(new URL('../../ARCHITECTURE.md', import.meta.url)), 'utf8');
    const section = /\n## Answers that are reused\n(.*?)\n## /s.exec(text)?.[1] ?? '';
    const listed = [...section.matchAll(/^- `(\w+\.\w+)`/gm)].map(([, name]) => name);
    const marked = Object.values(buildSchema().getTypeMap())
      .filter(isObjectType)
      .flatMap((type) =>
        Object.values(type.getFields()).flatMap((field) => (isVolatile(field) ? `${type.name}.${field.name}` : [])),
      );
    expect(new Set(marked)).toEqual(new Set(listed));
    expect(marked).toHaveLength(4);
  });
});
