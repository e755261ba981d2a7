import type { IncomingMessage } from 'node:http';
import type { Plugin } from 'graphql-yoga';
import type { Services } from '../context.ts';
import { isClientError } from './client-error.ts';
import { logRefusedRequest } from './operation-log.ts';
import type { PersistedLookups } from './persisted-operations/index.ts';
import type { ReadCaller } from './plain-request.ts';
import { type RequestParametersOptions, readParameters } from './request-parameters.ts';

/** What Yoga is entered with besides a caller, when it is entered by HTTP. */
export interface NodeContext extends ReadCaller {
  readonly req: IncomingMessage;
}

export interface ReadParametersOptions extends Omit<RequestParametersOptions, 'persisted'> {
  readonly services: Services;
  readonly persisted: PersistedLookups | null;
}

/** The parameters of an operation, as they were read before, or as they are read now. */
export function useReadParameters(options: ReadParametersOptions): Plugin<object, NodeContext> {
  const { services, persisted, ...others } = options;
  return {
    async onRequestParse({ serverContext: caller, setRequestParser }) {
      try {
        // Here, not in the parser: Yoga would look at the method before it.
        const lookup = persisted?.(caller.charge) ?? null;
        const read = caller.parameters ?? (await readParameters(caller.req, { ...others, persisted: lookup }));
        setRequestParser(() => read);
      } catch (error) {
        if (isClientError(error)) logRefusedRequest({ services, caller, errors: [error] });
        throw error;
      }
    },
  };
}
