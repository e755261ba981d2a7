import { listTokens } from '../auth/index.ts';
import { readTokenConfig } from '../config/index.ts';
import { joinExistingStore } from '../store/open.ts';
import type { Invocation } from './command-line.ts';
import { printMessage, printResult } from './terminal.ts';
import { tokenProblems, tokenTable } from './token-text.ts';
import { withTokens } from './with-tokens.ts';

export async function tokenList({ source, terminal }: Invocation): Promise<void> {
  const config = readTokenConfig('token list', source);
  await withTokens({ config, open: joinExistingStore }, async (place) => {
    const tokens = await listTokens(place);
    await printResult(terminal, tokenTable(tokens, new Date()), place.signal);
    for (const problem of tokenProblems(tokens)) printMessage(terminal, problem);
  });
}
