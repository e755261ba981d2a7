import { isDeepStrictEqual } from 'node:util';
import { ask } from './ask.ts';
import type { Work } from './work.ts';

const samples = 5;

/** What is compared must be the same work: fails unless all servers give the same `data` for some requests of each work. */
export async function requireSameAnswers(
  works: readonly Work[],
  servers: readonly { readonly name: string; readonly url: string }[],
) {
  for (const { name, bodies } of works) {
    for (const body of bodies.slice(0, samples)) {
      const answers = await Promise.all(servers.map(({ url }) => ask(url, body)));
      for (const [index, answer] of answers.entries()) {
        if (isDeepStrictEqual(answer, answers[0])) continue;
        const texts = [JSON.stringify(answers[0]).slice(0, 1000), JSON.stringify(answer).slice(0, 1000)];
        throw new Error(
          `${servers[index]?.name} answers ${name} otherwise than ${servers[0]?.name} (${body}):\n${texts.join('\n')}`,
        );
      }
    }
  }
}
