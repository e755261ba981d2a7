import { type GraphQLSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';

/** How many items the lists of introspection have on average, so that what all of them together have is right. */
export function introspectionSizes(schema: GraphQLSchema): ReadonlyMap<string, number> {
  const types = Object.values(schema.getTypeMap());
  const directives = schema.getDirectives();
  const fields = types
    .filter((type) => isObjectType(type) || isInterfaceType(type))
    .flatMap((type) => Object.values(type.getFields()));
  const inputs = types.filter(isInputObjectType).flatMap((type) => Object.values(type.getFields()));
  const values = types.filter(isEnumType).flatMap((type) => type.getValues());
  const average = (items: readonly unknown[], among: readonly unknown[]) => Math.ceil(items.length / Math.max(1, among.length));
  return new Map([
    ['__Schema.types', types.length],
    ['__Schema.directives', directives.length],
    ['__Directive.locations', 3],
    [
      '__Directive.args',
      average(
        directives.flatMap(({ args }) => args),
        directives,
      ),
    ],
    ['__Type.fields', average(fields, types)],
    ['__Type.inputFields', average(inputs, types)],
    ['__Type.enumValues', average(values, types)],
    ['__Type.interfaces', 1],
    ['__Type.possibleTypes', 1],
    [
      '__Field.args',
      average(
        fields.flatMap(({ args }) => args),
        fields,
      ),
    ],
  ]);
}
