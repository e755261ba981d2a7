/** What an agent's word for a guest's state says. CREATING tells nothing once its create job has ended: simple agents leave it so. */
export type ReportedGuestState = 'RUNNING' | 'SUSPENDED' | 'STOPPED' | 'ERROR' | 'CREATING' | 'UNKNOWN';

/** libvirt's names, and `create` of the agent itself. */
const states: ReadonlyMap<string, ReportedGuestState> = new Map([
  ['running', 'RUNNING'],
  ['paused', 'SUSPENDED'],
  ['pmsuspended', 'SUSPENDED'],
  ['shutdown', 'STOPPED'],
  ['shutoff', 'STOPPED'],
  ['crashed', 'ERROR'],
  ['create', 'CREATING'],
]);

/** UNKNOWN for any other word, and for none. */
export function reportedGuestState(text: string | null): ReportedGuestState {
  return (text === null ? undefined : states.get(text)) ?? 'UNKNOWN';
}
