/** A request body of GraphQL over HTTP. */
export function bodyOf(query: string, variables: object): string {
  return JSON.stringify({ query, variables });
}

/** The `data` of an answer. Fails when the answer has an error. */
// biome-ignore lint/suspicious/noExplicitAny: answers have any shape.
export async function ask(url: string, body: string): Promise<any> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const { data, errors } = await response.json();
  if (errors !== undefined) throw new Error(`The query failed at ${url}: ${JSON.stringify(errors).slice(0, 500)}`);
  return data;
}
