import type { IncomingMessage } from 'node:http';
import type { Plugin } from 'graphql-yoga';
import type { ReadCaller } from './plain-request.ts';
import { type RequestParametersOptions, readParameters } from './request-parameters.ts';

/** What Yoga is entered with besides a caller, when it is entered by HTTP. */
export interface NodeContext extends ReadCaller {
  readonly req: IncomingMessage;
}

/** The parameters of an operation, as they were read before, or as they are read now. */
export function useReadParameters(options: RequestParametersOptions): Plugin<object, NodeContext> {
  return {
    async onRequestParse({ serverContext: { req, parameters }, setRequestParser }) {
      // Here, not in the parser: Yoga would look at the method before it.
      const read = parameters ?? (await readParameters(req, options));
      setRequestParser(() => read);
    },
  };
}
