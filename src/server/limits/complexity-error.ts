import { flagOf, type OptionName } from '../../config/index.ts';
import { type ClientError, clientError } from '../client-error.ts';

export interface Excess {
  /** What was counted, as in `The document has 21 levels of fields`. */
  readonly counted: string;
  readonly cost: number;
  readonly limit: number;
  /** Where the limit can be changed; null: it can't. */
  readonly option: OptionName | null;
  readonly advice?: string;
}

/** Refused before anything of it is executed, with a status that holds for both media types of an answer. */
export function tooComplex({ counted, cost, limit, option, advice }: Excess): ClientError {
  const setting = option === null ? '' : ` (${flagOf(option)})`;
  const message = `${counted}, and may have at most ${limit}${setting}${advice === undefined ? '' : `: ${advice}`}`;
  return clientError({}, { code: 'QUERY_TOO_COMPLEX', cost, limit, http: { status: 400 } }, message);
}
