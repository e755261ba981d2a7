import { answer, openDirectGateway } from './answer.ts';
import { type Measurement, plain } from './goal.ts';
import { timeTogether } from './measure.ts';
import type { Samples } from './sample.ts';

const pageSize = 1000;
const guestCount = 10_000;

/** All guests, page by page, as a client walks them: each page is an operation, and so a snapshot, of its own. */
export async function measurePages(samples: Samples): Promise<Measurement[]> {
  const gateway = openDirectGateway(await samples.of(guestCount));
  let pages = 0;
  async function walk(): Promise<void> {
    pages = 0;
    let seen = 0;
    for (let after: string | null = null; ; ) {
      const from: string = after === null ? '' : `, after: "${after}"`;
      const { text } = await answer(
        gateway,
        `{ guests(first: ${pageSize}${from}) { nodes { id name ip } pageInfo { hasNextPage endCursor } } }`,
      );
      const { nodes, pageInfo } = JSON.parse(text).data.guests;
      pages++;
      seen += nodes.length;
      after = pageInfo.endCursor;
      if (!pageInfo.hasNextPage) break;
    }
    if (seen !== guestCount) throw new Error(`The pages held ${seen} guests, not ${guestCount}`);
  }
  const { walk: walked } = await timeTogether(5, { walk });
  return [plain('pages: all guests', walked.medianMs, 'ms'), plain('pages: one page', walked.medianMs / pages, 'ms')];
}
