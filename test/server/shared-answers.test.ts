import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { SharedAnswers } from '../../src/server/shared-answers.ts';
import { schema } from '../support/gateway-schema.ts';

const text = `
  subscription A($after: EventCursor, $kinds: [NodeKind!], $first: Int, $long: Boolean!) {
    changes(after: $after, kinds: $kinds) { id node { ... on Network { name @include(if: $long) ...more } } }
  }
  subscription B { changes { cursor } }
  fragment more on Network { guests(first: $first) { totalCount } }`;
const document = parse(text);
const variableValues = { after: '1', kinds: ['GUEST'], first: 1, long: true };
const args = { schema, document, operationName: 'A', variableValues };

describe('Two who subscribe', () => {
  const answers = new SharedAnswers();
  const question = answers.questionOf(args);

  it.each([
    ['a place to begin', { ...args, variableValues: { ...variableValues, after: '2' } }],
    ['a choice of events', { ...args, variableValues: { ...variableValues, kinds: [] } }],
    ['nothing', { ...args, variableValues: { ...variableValues } }],
  ])('ask the same where they differ in %s', (_what, other) => expect(answers.questionOf(other)).toBe(question));

  it.each([
    ['an argument in a fragment', { ...args, variableValues: { ...variableValues, first: 2 } }],
    ['the condition of a directive', { ...args, variableValues: { ...variableValues, long: false } }],
    ['the operation', { ...args, operationName: 'B' }],
    ['the document', { ...args, document: parse(text) }],
  ])('do not ask the same where they differ in %s', (_what, other) => expect(answers.questionOf(other)).not.toBe(question));
});

it('Who leaves a variable to its default does not ask the same as who sets it to null', () => {
  const answers = new SharedAnswers();
  const { first: _first, ...others } = variableValues;
  const left = answers.questionOf({ ...args, variableValues: others });
  expect(answers.questionOf({ ...args, variableValues: { ...others, first: null } })).not.toBe(left);
});

describe('An answer', () => {
  it('is made once for the same question and event, and anew for another one', async () => {
    const answers = new SharedAnswers();
    let made = 0;
    const make = async () => ({ data: { made: ++made } });
    const all = [
      answers.answer('q', '1.0', make),
      answers.answer('q', '1.0', make),
      answers.answer('q', '1.1', make),
      answers.answer('p', '1.0', make),
    ];
    expect((await Promise.all(all)).map(({ data }) => data?.made)).toEqual([1, 1, 2, 3]);
  });

  it('that has errors, or fails, is not kept', async () => {
    const answers = new SharedAnswers();
    const failing = () => answers.answer('q', '1.0', () => Promise.reject(new Error('no')));
    await expect(failing()).rejects.toThrow('no');
    const bad = await answers.answer('q', '1.0', async () => ({ errors: [] }));
    expect(bad).toEqual({ errors: [] });
    expect(await answers.answer('q', '1.0', async () => ({ data: {} }))).toEqual({ data: {} });
  });
});
