import { type ASTNode, Kind, TokenKind } from 'graphql';

/** What the value that an error points to is called in the document: a variable's name, an argument's or an input field's. */
export function argumentNameOf(node: ASTNode | undefined): string | null {
  if (node?.kind === Kind.VARIABLE_DEFINITION) return node.variable.name.value;
  if (node?.kind === Kind.VARIABLE) return node.name.value;
  // `name: value`, or `name: [ ... value`: the name stands before the last colon.
  for (let token = node?.loc?.startToken.prev; token; token = token.prev) {
    if (token.kind === TokenKind.COLON) return token.prev?.value ?? null;
    if (token.kind === TokenKind.PAREN_L || token.kind === TokenKind.BRACE_L) return null;
  }
  return null;
}
