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
  /** Its answer is what is too much. Default: it is refused before anything of it is executed. */
  readonly wasExecuted?: boolean;
}

/** With a status that holds for both media types of an answer, where nothing was executed. */
export function tooComplex({ counted, cost, limit, option, advice, wasExecuted = false }: Excess): ClientError {
  const setting = option === null ? '' : ` (${flagOf(option)})`;
  const message = `${counted}, and may have at most ${limit}${setting}${advice === undefined ? '' : `: ${advice}`}`;
  const http = wasExecuted ? {} : { http: { status: 400 } };
  return clientError({}, { code: 'QUERY_TOO_COMPLEX', cost, limit, ...http }, message);
}
