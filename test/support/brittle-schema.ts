import { defaultFieldResolver, type GraphQLField, type GraphQLSchema, isObjectType } from 'graphql';
import { GatewayError } from '../../src/errors.ts';
import { buildSchema } from '../../src/schema/index.ts';

export interface BrittleOptions {
  /** Of a thousand values, how many are something else than they should be. */
  readonly failures: number;
}

/**
 * The gateway's schema with resolvers that fail now and then in each way in which one can, and that promise what others give at once. What
 * becomes of a value depends on the field and the object alone, so that it is the same in each execution.
 */
export function brittleSchema({ failures }: BrittleOptions): GraphQLSchema {
  const schema = buildSchema();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) makeBrittle(field, type.name, failures);
  }
  return schema;
}

function makeBrittle(field: GraphQLField<unknown, unknown>, typeName: string, failures: number): void {
  const resolve = field.resolve ?? defaultFieldResolver;
  field.resolve = (source, args, context, info) => {
    const draw = hashOf(`${typeName}.${field.name}.${idOf(source)}`);
    if (draw % 1000 < failures) return failed(draw >>> 10);
    const value: unknown = resolve(source, args, context, info);
    return draw % 7 === 0
      ? Promise.resolve(value).then((settled) => (Array.isArray(settled) ? settled.map(promised) : settled))
      : value;
  };
}

function failed(draw: number): unknown {
  switch (draw % 7) {
    case 0:
      throw new Error('thrown');
    case 1:
      throw new GatewayError('STORE_UNAVAILABLE', 'thrown by the gateway', { details: { field: 'x' } });
    case 2:
      return Promise.reject(new Error('rejected'));
    case 3:
      return new Error('returned');
    case 4:
      return null;
    case 5:
      return Symbol.for('no value of any scalar');
    default:
      return Promise.resolve([rejectedItem(), null]);
  }
}

function rejectedItem(): Promise<never> {
  const item = Promise.reject(new Error('an item'));
  // Nobody looks at it where no list is wanted.
  item.catch(() => undefined);
  return item;
}

function promised(item: unknown, index: number): unknown {
  return index % 2 === 0 ? Promise.resolve(item) : item;
}

function idOf(source: unknown): string {
  if (typeof source !== 'object' || source === null) return '';
  return 'id' in source ? String(source.id) : '';
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}
