import { createToken, revokeToken } from '../auth/index.ts';
import { readTokenCreateConfig } from '../config/index.ts';
import { joinStore } from '../store/open.ts';
import type { Invocation } from './command-line.ts';
import { printMessage, printResult } from './terminal.ts';
import { withTokens } from './with-tokens.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** Makes a data folder where there is none, as an import does: a token may be the first that it gets. */
export async function tokenCreate({ source, terminal }: Invocation): Promise<void> {
  const config = readTokenCreateConfig(source);
  const { name, role, hypervisorId, expiresDays } = config;
  await withTokens({ config, open: joinStore }, async (place) => {
    const createdAt = new Date();
    const expiresAt = expiresDays === null ? null : new Date(createdAt.getTime() + expiresDays * dayMs);
    const token = await createToken(place, { name, role, hypervisorId, createdAt, expiresAt });
    try {
      await printResult(terminal, `${token}\n`, place.signal);
    } catch (error) {
      // Nobody has it, and nobody ever will.
      await revokeToken(place, token);
      throw error;
    }
    const until = expiresAt === null ? 'it never expires' : `it expires at ${expiresAt.toISOString()}`;
    printMessage(terminal, `made a token for ${role} ${JSON.stringify(name)}; it is shown only now, and ${until}`);
  });
}
