import { openRandom } from '../src/demo/index.ts';
import { keptBytes } from '../src/server/answers/kept-answers.ts';
import { ask, bodyOf } from './ask.ts';

/** Requests of one kind: one document with other variables each time. */
export interface Work {
  readonly name: string;
  /** In no order. Where there are many, an answer does not come again while the gateway keeps it. */
  readonly bodies: readonly string[];
}

const guestFields = `id name type state ip mac
    hypervisor { id name ip totalResources { memory disk cpu } }
    flavor { id name resources { memory disk cpu } }
    subnet { id name cidr gateway }`;

function pageDocument(count: string): string {
  return `query Page($first: Int, $after: String, $filter: GuestFilter) {
  guests(first: $first, after: $after, filter: $filter, orderBy: { field: NAME, direction: ASC }) {
    ${count} nodes { id name state ip } pageInfo { hasNextPage endCursor }
  }
}`;
}

const documents = {
  tiny: 'query Tiny($id: ID!) { guest(id: $id) { id state } }',
  dashboard: `query Dashboard($first: Int, $after: String) {
  guests(first: $first, after: $after) { nodes { ${guestFields} } pageInfo { hasNextPage endCursor } }
}`,
  graph: `query Graph($first: Int, $after: String) {
  networks(first: 1) { nodes { name subnets(first: 1) { nodes { cidr guests(first: $first, after: $after) { nodes {
    id name state ip mac hypervisor { id name ip } flavor { id name resources { memory disk cpu } }
  } } } } } }
}`,
  page: pageDocument('totalCount'),
  pageWithoutCount: pageDocument(''),
} as const;

const dashboardSize = 100;
const graphSize = 1000;
/** 50 on average: in a small cluster there are too few places to begin at. */
const pageSizes = Array.from({ length: 31 }, (_, index) => 35 + index);
const largestPageSize = 1000;
const longestRound = 10_000;
/** How many times what the gateway keeps the answers of one round are to have: none is kept until the next. */
const timesKept = 1.2;

/** The one of each guest. */
export async function tinyWork(url: string): Promise<Work> {
  const places = await placesOf(url, {});
  return { name: 'tiny', bodies: shuffled(places.map(({ id }) => bodyOf(documents.tiny, { id }))) };
}

/** The same request again and again. */
export function repeatedDashboard(): Work {
  return { name: 'dashboard, repeated', bodies: [bodyOf(documents.dashboard, { first: dashboardSize })] };
}

export async function variedDashboard(url: string): Promise<Work> {
  const places = (await placesOf(url, {})).slice(0, -dashboardSize);
  const bodies = places.map(({ cursor }) => bodyOf(documents.dashboard, { first: dashboardSize, after: cursor }));
  return varied(url, { name: 'dashboard, no reuse', bodies });
}

export async function variedGraph(url: string): Promise<Work> {
  const guests = `guests(first: 1000, after: $after) { pageInfo { hasNextPage endCursor } edges { cursor node { id } } }`;
  const document = `query ($after: String) { networks(first: 1) { nodes { subnets(first: 1) { nodes { ${guests} } } } } }`;
  const places = await walk(url, document, ({ networks }) => networks.nodes[0].subnets.nodes[0].guests);
  if (places.length < graphSize + 100) throw new Error(`The first subnet has only ${places.length} guests`);
  const bodies = places.slice(0, -graphSize).map(({ cursor }) => bodyOf(documents.graph, { first: graphSize, after: cursor }));
  return varied(url, { name: 'graph', bodies });
}

export interface PageQuestion {
  readonly states?: readonly string[];
  readonly networkId?: string;
  /** Default: the length of the whole list is asked for too. */
  readonly isCounted?: boolean;
}

/** Pages of a filtered list by name, from everywhere in it. */
export async function pageWork(url: string, name: string, { isCounted = true, ...filter }: PageQuestion): Promise<Work> {
  const document = isCounted ? documents.page : documents.pageWithoutCount;
  const places = (await placesOf(url, filter, ', orderBy: { field: NAME, direction: ASC }')).slice(0, -Math.max(...pageSizes));
  const bodies = places.flatMap(({ cursor }) => pageSizes.map((first) => bodyOf(document, { first, after: cursor, filter })));
  return varied(url, { name, bodies });
}

/** The network that has the most guests. */
export async function largestNetwork(url: string): Promise<string> {
  const { networks } = await ask(url, bodyOf('{ networks { nodes { id guests(first: 0) { totalCount } } } }', {}));
  const nodes: { id: string; guests: { totalCount: number } }[] = networks.nodes;
  const [largest] = nodes.sort((a, b) => b.guests.totalCount - a.guests.totalCount);
  if (largest === undefined) throw new Error('There is no network');
  return largest.id;
}

interface GuestPlace {
  readonly id: string;
  readonly cursor: string;
}

async function placesOf(url: string, filter: Omit<PageQuestion, 'isCounted'>, orderBy = ''): Promise<readonly GuestPlace[]> {
  const document = `query ($after: String, $filter: GuestFilter) {
    guests(first: ${largestPageSize}, after: $after, filter: $filter${orderBy}) {
      edges { cursor node { id } } pageInfo { hasNextPage endCursor }
    }
  }`;
  return walk(url, document, ({ guests }) => guests, filter);
}

interface WalkedPage {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
}

// biome-ignore lint/suspicious/noExplicitAny: answers have any shape.
type PageOfAnswer = (data: any) => WalkedPage;

async function walk(
  url: string,
  document: string,
  pageOf: PageOfAnswer,
  filter: Omit<PageQuestion, 'isCounted'> = {},
): Promise<readonly GuestPlace[]> {
  const places: GuestPlace[] = [];
  for (let after: string | null = null; ; ) {
    const { edges, pageInfo }: WalkedPage = pageOf(await ask(url, bodyOf(document, { after, filter })));
    for (const { cursor, node } of edges) places.push({ id: node.id, cursor });
    if (!pageInfo.hasNextPage) return places;
    after = pageInfo.endCursor;
  }
}

/** Fails when a round is so short that the gateway could answer the next one from what it keeps. */
async function varied(url: string, { name, bodies }: Work): Promise<Work> {
  const round = shuffled(bodies).slice(0, longestRound);
  const answers = await Promise.all(round.slice(0, 10).map((body) => ask(url, body)));
  const bytesEach = JSON.stringify(answers).length / answers.length;
  if (round.length * bytesEach < timesKept * keptBytes)
    throw new Error(`A round of ${name} is so short that answers could be reused`);
  return { name, bodies: round };
}

/** The same each time. */
function shuffled<T>(items: readonly T[]): readonly T[] {
  const random = openRandom(1);
  return items
    .map((item) => ({ item, at: random.below(2 ** 30) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
