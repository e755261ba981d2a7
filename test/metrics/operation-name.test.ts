import { expect, it } from 'vitest';
import { OperationNames, operationNameLimit } from '../../src/metrics/operation-name.ts';

it('The first names have a label of their own, listed ones always, and the rest shares one', () => {
  const names = new OperationNames(['Listed']);
  const some = Array.from({ length: operationNameLimit }, (_, number) => `Name${number}`);
  expect(some.map((name) => names.labelOf(name))).toEqual(some);
  expect(names.labelOf('OneMore')).toBe('other');
  expect(names.labelOf('Name7')).toBe('Name7');
  expect(names.labelOf('Listed')).toBe('Listed');
  expect(names.labelOf(null)).toBe('anonymous');
  expect(new OperationNames().labelOf('x'.repeat(1000))).toBe('other');
});
