import { GatewayError } from '../errors.ts';

/** No credential came with a request that needs one. */
export function missingCredential(): GatewayError {
  return new GatewayError('UNAUTHENTICATED', 'A credential is needed: a token, as in "Authorization: Bearer <token>"');
}

/** One message for all: whoever guesses learns nothing of what is wrong. The cause is for the log; it holds no part of the credential. */
export function refusedCredential(reason: string): GatewayError {
  return new GatewayError('UNAUTHENTICATED', 'The credential is not valid here, or not any more', { cause: new Error(reason) });
}
