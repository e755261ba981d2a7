/**
 * Whether one may choose licences that are allowed: `MIT`, `(MIT OR GPL-3.0-only)`, `(MIT AND Zlib)`. An exception to a licence
 * (`WITH`) is another licence. Null when it is no expression of SPDX.
 */
export function isAllowed(expression: string, allowed: ReadonlySet<string>): boolean | null {
  const words = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  let isBroken = false;

  function license(): boolean {
    const word = words[at++];
    if (word === '(') {
      const isFine = anyOf();
      if (words[at++] !== ')') isBroken = true;
      return isFine;
    }
    if (word === undefined || !/^[A-Za-z0-9.-]+\+?$/.test(word) || isOperator(word)) {
      isBroken = true;
      return false;
    }
    if (words[at] !== 'WITH') return allowed.has(word);
    at += 2;
    return allowed.has(`${word} WITH ${words[at - 1]}`);
  }

  /** AND binds closer than OR. */
  function allOf(): boolean {
    let isFine = license();
    while (words[at] === 'AND') {
      at++;
      isFine = license() && isFine;
    }
    return isFine;
  }

  function anyOf(): boolean {
    let isFine = allOf();
    while (words[at] === 'OR') {
      at++;
      isFine = allOf() || isFine;
    }
    return isFine;
  }

  const isFine = anyOf();
  return isBroken || at !== words.length ? null : isFine;
}

function isOperator(word: string): boolean {
  return word === 'AND' || word === 'OR' || word === 'WITH' || word === ')';
}
