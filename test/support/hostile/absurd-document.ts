import fc from 'fast-check';

/** Documents that grow with a size, each in its own direction. */
const shapes: Readonly<Record<string, (size: number) => string>> = {
  levelsOfFields: (size) => `${'{ cluster '.repeat(size)}{ x }${'}'.repeat(size)}`,
  levelsThatAreThere: (size) => {
    const depth = Math.min(size, 5);
    return `{ guests(first: 2) { nodes { ${'hypervisor { guests(first: 2) { nodes { '.repeat(depth)} id ${'} } }'.repeat(depth)} } } }`;
  },
  levelsOfInlineFragments: (size) => `{ ${'... { '.repeat(size)} revision ${'}'.repeat(size)} }`,
  levelsOfLists: (size) => `{ nodes(ids: ${'['.repeat(size)}"x"${']'.repeat(size)}) { id } }`,
  levelsOfObjects: (size) => `{ guests(filter: ${'{ a: '.repeat(size)}1${'}'.repeat(size)}) { totalCount } }`,
  levelsOfListTypes: (size) => `query ($a: ${'['.repeat(size)}Int${']'.repeat(size)}) { revision }`,
  levelsThatDoNotEnd: (size) => '{ cluster '.repeat(size),
  listThatDoesNotEnd: (size) => `{ nodes(ids: ${'['.repeat(size)}`,
  aliases: (size) => `{ ${each(size, (index) => `a${index}: revision`)} }`,
  aliasesOfLists: (size) => `{ ${each(Math.min(size, 60), (index) => `a${index}: guests(first: 3) { totalCount }`)} }`,
  oneAliasForMany: (size) => `{ ${each(Math.min(size, 200), (index) => `a: node(id: "${index}") { id }`)} }`,
  oneFieldAgain: (size) => `{ ${'revision '.repeat(size)} }`,
  fragmentsInARow: (size) =>
    `{ ...F0 } ${each(size, (index) => `fragment F${index} on Query { ...F${index + 1} }`)} fragment F${size} on Query { revision }`,
  fragmentsInACircle: (size) =>
    `{ ...F0 } ${each(size + 1, (index) => `fragment F${index} on Query { ...F${(index + 1) % (size + 1)} }`)}`,
  fragmentOfItself: (size) => `{ ${'...F '.repeat(size)} } fragment F on Query { ...F cluster { ...F } }`,
  fragmentsTwice: (size) =>
    `{ ...F0 } ${each(Math.min(size, 300), (index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`)} fragment F${Math.min(size, 300)} on Query { revision }`,
  fragmentsWithoutUse: (size) => `{ revision } ${each(size, (index) => `fragment F${index} on Query { revision }`)}`,
  oneFragmentForMany: (size) => `{ revision } ${'fragment F on Guest { id } '.repeat(size)}`,
  directives: (size) => `{ revision ${'@skip(if: false) '.repeat(size)} }`,
  directivesThatAreNot: (size) => `query ${each(size, (index) => `@d${index}(a: ${index})`)} { revision }`,
  directiveOften: (size) => `query ${'@at(revision: 1) '.repeat(size)} { revision }`,
  variables: (size) => `query (${each(size, (index) => `$v${index}: Int = ${index}`)} $z: Int) { revision }`,
  oneVariableForMany: (size) => `query (${'$v: ID! '.repeat(size)} $z: Int) { node(id: $v) { id } }`,
  arguments: (size) => `{ guests(${each(size, (index) => `a${index}: 1`)} first: 1) { totalCount } }`,
  operations: (size) => each(size, (index) => `query Q${index} { revision }`),
  operationsWithoutNames: (size) => '{ revision } '.repeat(size),
  longString: (size) => `{ node(id: "${'x'.repeat(size * 20)}") { id } }`,
  longBlockString: (size) => `{ node(id: """${'x\n "" \\""" '.repeat(size)}""") { id } }`,
  longNumber: (size) => `{ guests(first: ${'9'.repeat(size)}) { totalCount } }`,
  longFraction: (size) => `{ guests(first: 1.${'9'.repeat(size)}e${size}) { totalCount } }`,
  longName: (size) => `{ ${'x'.repeat(size * 20)} }`,
  longOperationName: (size) => `query ${'x'.repeat(size * 20)} { revision }`,
  escapes: (size) => `{ node(id: "${'\\u0000\\ud800'.repeat(size)}") { id } }`,
  zeros: (size) => `{ node(id: "${'\u0000'.repeat(size)}") { id } }`,
  comments: (size) => `{ revision } ${'# x\n'.repeat(size)}`,
  commas: (size) => `{ ${','.repeat(size * 20)} revision }`,
  typeDefinitions: (size) => `{ revision } ${each(size, (index) => `type T${index} { a: Int }`)}`,
  ids: (size) => `{ nodes(ids: [${each(Math.min(size, 1500), (index) => `"${index}"`)}]) { id } }`,
  introspection: (size) =>
    `{ __schema { ${each(Math.min(size, 5), (index) => `a${index}: types { name fields { name type { name } } }`)} } }`,
};

function each(count: number, part: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => part(index)).join(' ');
}

/** Small ones are tried most: they go furthest. */
const size = fc.oneof(
  { weight: 12, arbitrary: fc.nat({ max: 30 }) },
  { weight: 5, arbitrary: fc.integer({ min: 30, max: 400 }) },
  { weight: 1, arbitrary: fc.constantFrom(2_000, 5_000, 12_000) },
);

export const absurdDocument: fc.Arbitrary<string> = fc
  .record({ shape: fc.constantFrom(...Object.keys(shapes)), size })
  .map(({ shape, size }) => shapes[shape]?.(size) ?? '');
