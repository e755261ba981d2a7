import { revokeToken } from '../auth/index.ts';
import { readTokenConfig } from '../config/index.ts';
import { joinExistingStore } from '../store/open.ts';
import type { Invocation } from './command-line.ts';
import { printMessage } from './terminal.ts';
import { withTokens } from './with-tokens.ts';

export async function tokenRevoke({ source, operands, terminal }: Invocation): Promise<void> {
  const config = readTokenConfig('token revoke', source);
  await withTokens({ config, open: joinExistingStore }, async (place) => {
    const id = await revokeToken(place, operands[0] ?? '');
    printMessage(terminal, `revoked the token ${id}`);
  });
}
