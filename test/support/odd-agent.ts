import { json, type Script, type ScriptedAgent, startScriptedAgent, text } from './scripted-agent.ts';

/** Placed ones, of the golden clusters. */
const guests = [
  'e7631e44-928f-48f6-a597-af302834dac9',
  '18f7f3c5-c456-4d53-85f2-a2cc47ed31e5',
  '1c00dd92-d4e7-45b2-8494-d150ad051371',
];

const answers: readonly Script[] = [
  json(guests.map((id) => ({ id, state: 'running', memory: 2 ** 40, nics: [{ mac: '?' }], metadata: { a: 1, b: 'c' } }))),
  text(`[{"id":"${guests[0]}","disks":[{"size":18446744073709551616},null],"cpu":-1,"vnc":1e400,"nics":[{"vlans":[1,"a"]}]}]`),
  json({ message: 'not today' }, 500),
  text('<html>'),
  (response) => response.socket?.destroy(),
];

/** An agent that answers something else each time, and not much of it as it should. */
export function startOddAgent(): Promise<ScriptedAgent> {
  let asked = 0;
  return startScriptedAgent((response, request) => answers[asked++ % answers.length]?.(response, request));
}
