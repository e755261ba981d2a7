// A gateway's runner of jobs as a process of its own, to be killed; see job-worker.ts. It runs the built program, since Node 20 does not
// run TypeScript. Around each commit that touches a job and each POST to an agent it says so, and waits until it may go on.
import { openServices } from '../../dist/context.js';
import { openJobs } from '../../dist/jobs/index.js';
import { openLog } from '../../dist/log.js';
import { openEtcdStore } from '../../dist/store/etcd/index.js';

const { url, prefix, leaseTtlSeconds, concurrency } = JSON.parse(process.argv[2]);
const jobKey = new RegExp(`^${prefix}jobs/([^.]+)`);

const waiting = new Map();
let stepCount = 0;

function reach(name, about) {
  const number = ++stepCount;
  process.send({ number, name, about });
  return new Promise((resolve) => waiting.set(number, resolve));
}

async function toldOf(name, about, call) {
  await reach(`before ${name}`, about);
  try {
    return await call();
  } finally {
    await reach(`after ${name}`, about);
  }
}

function commit(transaction) {
  const jobId = transaction.writes.map(({ key }) => jobKey.exec(key ?? '')?.[1]).find((id) => id !== undefined);
  const call = () => store.commit(transaction);
  return jobId === undefined ? call() : toldOf('commit', jobId, call);
}

const log = openLog('error');
const store = openEtcdStore({ endpoints: [url], log });
const told = new Proxy(store, {
  get(target, name) {
    if (name === 'commit') return commit;
    const member = Reflect.get(target, name, target);
    return typeof member === 'function' ? member.bind(target) : member;
  },
});
const services = openServices({ store: told, prefix, log });
const posts = ['createGuest', 'startAction', 'fetchImage'].map((name) => {
  const post = services.agents[name];
  return [name, (agent, ...rest) => toldOf(name, agent.hypervisorId, () => post(agent, ...rest))];
});

process.on('message', (number) => {
  waiting.get(number)?.();
  waiting.delete(number);
});
process.on('disconnect', () => process.exit());
openJobs({
  services: { ...services, agents: { ...services.agents, ...Object.fromEntries(posts) } },
  concurrency,
  leaseTtlSeconds,
  timeoutSeconds: 600,
  keepDays: 7,
  stateSyncSeconds: 0,
});
