import fc from 'fast-check';
import {
  type ASTNode,
  type ConstValueNode,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  Kind,
  parseConstValue,
  parseType,
  print,
  type SelectionNode,
  type SelectionSetNode,
  TypeInfo,
  type ValueNode,
  type VariableDefinitionNode,
  valueFromASTUntyped,
  visit,
  visitWithTypeInfo,
} from 'graphql';

export interface DressedDocument {
  readonly document: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface DressOptions extends DressedDocument {
  readonly schema: GraphQLSchema;
  readonly generate: fc.GeneratorValue;
}

/**
 * The same operation said in another way: with fragments, named and not, with `@skip` and `@include` on whatever can have them, with fields
 * asked for twice, with `__typename`, and with variables deep in the values of arguments. Mostly valid.
 */
export function dress({ schema, document, variables, generate }: DressOptions): DressedDocument {
  const fragments: FragmentDefinitionNode[] = [];
  const definitions: VariableDefinitionNode[] = [];
  const values: Record<string, unknown> = { ...variables };
  const types = new TypeInfo(schema);

  const chance = (percent: number): boolean => generate(fc.nat, { max: 99 }) < percent;

  function declare(type: string, value: unknown, defaultValue?: ConstValueNode): ValueNode {
    const name = `w${definitions.length}`;
    definitions.push({
      kind: Kind.VARIABLE_DEFINITION,
      variable: { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: name } },
      type: parseType(type),
      ...(defaultValue === undefined ? {} : { defaultValue }),
    });
    if (value !== undefined) values[name] = value;
    return { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: name } };
  }

  function condition(): DirectiveNode[] {
    if (!chance(40)) return [];
    const holds = chance(60);
    const name = chance(50) ? 'include' : 'skip';
    const value: ValueNode = chance(40)
      ? { kind: Kind.BOOLEAN, value: holds }
      : declare(
          chance(70) ? 'Boolean!' : 'Boolean',
          chance(97) ? holds : undefined,
          chance(30) ? parseConstValue(String(!holds)) : undefined,
        );
    return [
      {
        kind: Kind.DIRECTIVE,
        name: { kind: Kind.NAME, value: name },
        arguments: [{ kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'if' }, value }],
      },
    ];
  }

  function wrapped(selections: readonly SelectionNode[], typeName: string): SelectionNode[] {
    const selectionSet: SelectionSetNode = { kind: Kind.SELECTION_SET, selections };
    const typeCondition = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: typeName } } as const;
    if (chance(50)) {
      const on = chance(50) ? { typeCondition } : {};
      return [{ kind: Kind.INLINE_FRAGMENT, ...on, directives: condition(), selectionSet }];
    }
    const name = { kind: Kind.NAME, value: `F${fragments.length}` } as const;
    fragments.push({ kind: Kind.FRAGMENT_DEFINITION, name, typeCondition, selectionSet });
    const spread = (): SelectionNode => ({ kind: Kind.FRAGMENT_SPREAD, name, directives: condition() });
    return chance(30) ? [spread(), spread()] : [spread()];
  }

  function dressed(selections: readonly SelectionNode[], typeName: string): SelectionNode[] {
    const from = generate(fc.nat, { max: selections.length - 1 });
    const some = selections.slice(from, from + 2);
    const others = [...selections.slice(0, from), ...selections.slice(from + 2)];
    const twice = chance(15) ? some : [];
    const own: SelectionNode[] = chance(20)
      ? [{ kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' }, directives: condition() }]
      : [];
    const parts = chance(45) ? wrapped(some, typeName) : some;
    return chance(50) ? [...parts, ...others, ...own, ...twice] : [...own, ...others, ...parts, ...twice];
  }

  function orVariable(value: ValueNode): ValueNode | undefined {
    const type = types.getInputType();
    if (!type || value.kind === Kind.VARIABLE || holdsVariable(value) || !chance(20)) return undefined;
    const untyped: unknown = valueFromASTUntyped(value);
    const given = chance(88) ? untyped : chance(50) ? null : undefined;
    const isNullable = chance(15);
    return declare(isNullable ? String(type).replace(/!$/, '') : String(type), given);
  }

  const result = visit(
    document,
    visitWithTypeInfo(types, {
      SelectionSet: {
        leave({ selections, ...node }) {
          const type = types.getParentType();
          if (!type || !isCompositeType(getNamedType(type)) || selections.length === 0 || !chance(45)) return undefined;
          return { ...node, selections: dressed(selections, type.name) };
        },
      },
      Argument: (node) => {
        const value = orVariable(node.value);
        return value === undefined ? undefined : { ...node, value };
      },
      ObjectField: (node) => {
        const value = orVariable(node.value);
        return value === undefined ? undefined : { ...node, value };
      },
    }),
  );
  const whole: DocumentNode = {
    ...result,
    definitions: [
      ...result.definitions.map((definition) =>
        definition.kind === Kind.OPERATION_DEFINITION
          ? { ...definition, variableDefinitions: [...(definition.variableDefinitions ?? []), ...definitions] }
          : definition,
      ),
      ...fragments,
    ],
  };
  return { document: whole, variables: values };
}

function holdsVariable(node: ASTNode): boolean {
  return print(node).includes('$');
}
