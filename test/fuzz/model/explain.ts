import { IllegalAnswer, Model } from './model.ts';
import { judge, type Operation, type Outcome } from './operation.ts';

export interface Answered {
  readonly operation: Operation;
  readonly outcome: Outcome;
}

/**
 * The model after some order of the operations, in which each one is answered as it was, and which ends as `isEnd` says; null when
 * there is none. An operation that lost too many races is refused with CONFLICT, anywhere in the order.
 */
export function orderThatExplains(model: Model, answered: readonly Answered[], isEnd: (model: Model) => boolean): Model | null {
  if (answered.length === 0) return isEnd(model) ? model : null;
  for (const [index, next] of answered.entries()) {
    const after = afterOne(model, next);
    const rest = answered.filter((_, other) => other !== index);
    const end = after === null ? null : orderThatExplains(after, rest, isEnd);
    if (end !== null) return end;
  }
  return null;
}

/** Null when it would have been answered otherwise. */
function afterOne(model: Model, { operation, outcome }: Answered): Model | null {
  const after = new Model(model);
  const { refusals, apply } = judge(after, operation, false);
  if ('refusal' in outcome) return refusals.has(outcome.refusal) || outcome.refusal === 'CONFLICT' ? model : null;
  if (refusals.size > 0) return null;
  try {
    apply(outcome.answer);
    return after;
  } catch (error) {
    if (error instanceof IllegalAnswer) return null;
    throw error;
  }
}
