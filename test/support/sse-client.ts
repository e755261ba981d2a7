import type { Answer } from './gateway.ts';

/** What comes of a request for server-sent events. */
export interface EventSourceClient {
  readonly response: Response;
  /** The next answer; undefined when the server said that it is complete. */
  next(): Promise<Answer | undefined>;
  /** Goes away in the middle. */
  cut(): void;
}

export interface EventSourceOptions {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
}

/** A subscription by `fetch`, as GraphQL over server-sent events has it (distinct connections). */
export async function openEventSource(
  url: string,
  parameters: { readonly query: string; readonly variables?: Readonly<Record<string, unknown>> },
  { method = 'POST', headers = {} }: EventSourceOptions = {},
): Promise<EventSourceClient> {
  const controller = new AbortController();
  const { query, variables = {} } = parameters;
  const address = method === 'GET' ? `${url}?${new URLSearchParams({ query, variables: JSON.stringify(variables) })}` : url;
  const response = await fetch(address, {
    method,
    headers: { accept: 'text/event-stream', 'content-type': 'application/json', ...headers },
    ...(method === 'GET' ? {} : { body: JSON.stringify(parameters) }),
    signal: controller.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';

  /** The next message; pings are left out. */
  async function message(): Promise<string> {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const found = text.slice(0, end);
        text = text.slice(end + 2);
        if (!found.startsWith(':')) return found;
        continue;
      }
      const chunk = await reader?.read();
      if (chunk?.value === undefined)
        throw new Error(`The response ended without a word; what was left: ${JSON.stringify(text)}`);
      text += chunk.value;
    }
  }
  return {
    response,
    async next() {
      const [, event, data = ''] = /^event: (\w+)\ndata: ?(.*)$/s.exec(await message()) ?? [];
      if (event === 'complete') return undefined;
      if (event !== 'next') throw new Error(`An event ${event}`);
      return JSON.parse(data);
    },
    cut: () => controller.abort(),
  };
}
