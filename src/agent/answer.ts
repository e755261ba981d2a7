import { AgentError } from './agent-error.ts';
import { type AgentAnswer, type AgentRequest, agentName, requestName } from './agent-request.ts';
import { hasTooManyValues, parseJson, valueLimit } from './json-text.ts';

/** An agent's id of a job becomes a part of paths and of records. */
const jobIdFormat = /^[\x21-\x7e]{1,200}$/;

const longestReason = 200;

/** What the agent answered with 200; it fails with AGENT_ERROR for any other status, and for what is no JSON, or too much of it. */
export function jsonOf(request: AgentRequest, answer: AgentAnswer): unknown {
  requireStatus(request, answer, 200);
  if (hasTooManyValues(answer.text)) throw wrongAnswer({ request, answer, problem: `with more than ${valueLimit} values` });
  try {
    return parseJson(answer.text);
  } catch (cause) {
    throw wrongAnswer({ request, answer, problem: `with what is no JSON: ${excerpt(answer.text)}`, cause });
  }
}

/** The job that the agent began, as it says in the header of a 202. */
export function jobIdOf(request: AgentRequest, answer: AgentAnswer): string {
  requireStatus(request, answer, 202);
  const jobId = answer.jobId?.trim() ?? '';
  if (jobIdFormat.test(jobId)) return jobId;
  throw wrongAnswer({ request, answer, problem: 'without the id of a job in X-Guest-Job-ID' });
}

/** What a value of the agent was read as; it fails with AGENT_ERROR where it could not be read. */
export function requireShape<T>(request: AgentRequest, answer: AgentAnswer, value: T | null, noun: string): T {
  if (value !== null) return value;
  throw wrongAnswer({ request, answer, problem: `with what is no ${noun}: ${excerpt(answer.text)}` });
}

function requireStatus(request: AgentRequest, answer: AgentAnswer, status: number): void {
  if (answer.status === status) return;
  const reason = reasonOf(answer.text);
  throw wrongAnswer({ request, answer, problem: reason === '' ? '' : `: ${reason}` });
}

interface WrongAnswer {
  readonly request: AgentRequest;
  readonly answer: AgentAnswer;
  readonly problem: string;
  readonly cause?: unknown;
}

function wrongAnswer({ request, answer, problem, cause }: WrongAnswer): AgentError {
  const { agent } = request;
  const { status } = answer;
  const separator = problem === '' || problem.startsWith(':') ? '' : ' ';
  const message = `${agentName(agent)} answered ${status} to ${requestName(request)}${separator}${problem}`;
  return new AgentError({ agent, message, status, mayHaveArrived: true, cause });
}

/** An agent's error is `{"message": "...", "code": 404, "stack": [...]}`. What else answers there has a text at best. */
function reasonOf(text: string): string {
  const [firstLine = ''] = text.trimStart().split('\n', 1);
  return excerpt(messageIn(text) ?? firstLine);
}

function messageIn(text: string): string | null {
  if (hasTooManyValues(text)) return null;
  try {
    const value: unknown = JSON.parse(text);
    const isError = typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string';
    return isError ? (value as { readonly message: string }).message : null;
  } catch {
    return null;
  }
}

/** On one line, without what no terminal should be told, and never a page of it. */
function excerpt(text: string): string {
  const line = text
    .slice(0, longestReason * 2)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return line.length <= longestReason ? line : `${line.slice(0, longestReason)}...`;
}
