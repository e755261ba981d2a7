import type { Answer } from './simulated-answer.ts';
import { errorAnswer, jsonAnswer, noSuchPage, notFound } from './simulated-answer.ts';
import { BadBodyError, inState, parseGuest, parseImage, type SimulatedGuest } from './simulated-guest.ts';
import { type GuestAction, guestActions, type JobAction } from './simulated-job.ts';
import type { SimulatedMachine } from './simulated-machine.ts';

export interface AgentRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly body: string;
}

/** What an agent answers, and does, on a request. */
export function answerRequest(machine: SimulatedMachine, request: AgentRequest): Answer {
  try {
    return route(machine, request);
  } catch (error) {
    if (error instanceof BadBodyError) return errorAnswer(400, error.message);
    throw error;
  }
}

function route(machine: SimulatedMachine, { method, path, body }: AgentRequest): Answer {
  const { pathname, searchParams } = new URL(path, 'http://agent');
  const [folder, id, ...rest] = pathname.split('/').slice(1);
  const limit = Number.parseInt(searchParams.get('limit') ?? '', 10);
  const listJobs = () => jsonAnswer(200, machine.log.list(limit > 0 ? limit : undefined));
  if (rest.length > 0) return folder === 'guests' ? guestRoute({ machine, method, id: id ?? '', rest, listJobs }) : noSuchPage;
  switch (`${method} /${folder}${id === undefined ? '' : '/*'}`) {
    case 'GET /guests':
      return jsonAnswer(200, [...machine.guests.values()]);
    case 'POST /guests':
      return createGuest(machine, body);
    case 'GET /guests/*':
      return found(machine.guests.get(id ?? ''));
    case 'GET /images':
      return jsonAnswer(200, [...machine.images.values()]);
    case 'POST /images':
      return fetchImage(machine, body);
    case 'GET /images/*':
      return found(machine.images.get(id ?? ''));
    case 'GET /jobs':
      return listJobs();
    case 'GET /jobs/*':
      return found(machine.log.get(id ?? ''));
    case 'GET /metadata':
      return jsonAnswer(200, machine.metadata);
    default:
      return noSuchPage;
  }
}

interface GuestCall {
  readonly machine: SimulatedMachine;
  readonly method: string;
  readonly id: string;
  /** Of the path, behind the id. */
  readonly rest: readonly string[];
  readonly listJobs: () => Answer;
}

function guestRoute({ machine, method, id, rest, listJobs }: GuestCall): Answer {
  const call = `${method} ${rest.join('/')}`;
  const action = guestActions.find((known) => call === `POST ${known}`);
  if (action === undefined && !(call in guestAnswers) && call !== 'GET jobs') return noSuchPage;
  const guest = machine.guests.get(id);
  if (guest === undefined) return notFound;
  if (action !== undefined) return startAction(machine, guest, action);
  // All jobs, whoever they are about: so the real one was seen to do it.
  return guestAnswers[call]?.(guest, machine) ?? listJobs();
}

const guestAnswers: Readonly<Record<string, (guest: SimulatedGuest, machine: SimulatedMachine) => Answer>> = {
  'GET metadata': (guest) => jsonAnswer(200, guest.metadata ?? null),
  'PATCH metadata': () => ({ status: 500, headers: { 'Content-Type': 'application/json' }, body: '' }),
  'GET metrics/cpu': (_guest, { newId }) => metrics(newId(), [{ cpu_time: 0, vcpu_time: 0 }]),
  'GET metrics/disk': (guest, { newId }) =>
    metrics(
      newId(),
      (guest.disks ?? []).map(({ device }) => ({ disk: device ?? '', read_ops: 0, read_bytes: 0, write_ops: 0, write_bytes: 0 })),
    ),
  'GET metrics/nic': (guest, { newId }) =>
    metrics(
      newId(),
      (guest.nics ?? []).map(({ name }) => ({ name: name ?? '', rx_bytes: 0, rx_packets: 0, tx_bytes: 0, tx_packets: 0 })),
    ),
};

function metrics(jobId: string, values: readonly object[]): Answer {
  return jsonAnswer(200, values, { 'X-Guest-Job-Id': jobId });
}

function createGuest(machine: SimulatedMachine, body: string): Answer {
  const guest = inState(parseGuest(body, machine.newId), 'create');
  return accepted(machine, 'create', () => {
    const jobId = machine.createGuest(guest);
    return jsonAnswer(202, guest, { 'X-Guest-Job-Id': jobId });
  });
}

function startAction(machine: SimulatedMachine, guest: SimulatedGuest, action: GuestAction): Answer {
  return accepted(machine, action, () => jsonAnswer(202, guest, { 'X-Guest-Job-Id': machine.startAction(guest.id, action) }));
}

function fetchImage(machine: SimulatedMachine, body: string): Answer {
  const image = parseImage(body);
  return accepted(machine, image.type === 'container' ? 'containerFetchImage' : 'fetchImage', () =>
    jsonAnswer(202, { images: null }, { 'X-Guest-Job-Id': machine.fetchImage(image.id) }),
  );
}

function accepted(machine: SimulatedMachine, action: JobAction | 'containerFetchImage', start: () => Answer): Answer {
  return machine.lacks(action) ? errorAnswer(404, `${action}: Not configured`) : start();
}

function found(value: object | null | undefined): Answer {
  return value == null ? notFound : jsonAnswer(200, value);
}
