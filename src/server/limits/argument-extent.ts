/** As many characters take about as long to look at as one item. */
const charactersOfItem = 128;

const known = new WeakMap<object, number>();

/**
 * What there is to look at in the value of an argument, each time that its field is answered: an item of a list and an entry of a map count 1, as
 * do so many characters of a text. The fields of an input count nothing, so that usual arguments cost nothing.
 */
export function extentOf(value: unknown): number {
  if (typeof value === 'string') return Math.floor(value.length / charactersOfItem);
  if (typeof value !== 'object' || value === null) return 0;
  return Array.isArray(value) ? extentOfEntries(value) : sumOf(Object.values(value), (inner) => inputExtent(inner));
}

/** Of a field of an input: an object in it is a map. */
function inputExtent(value: unknown): number {
  return typeof value === 'object' && value !== null ? extentOfEntries(value) : extentOf(value);
}

/** Kept, since one value may be that of many fields. */
function extentOfEntries(entries: object): number {
  let extent = known.get(entries);
  if (extent === undefined) {
    extent = sumOf(Object.values(entries), (inner) => 1 + inputExtent(inner));
    known.set(entries, extent);
  }
  return extent;
}

function sumOf(values: readonly unknown[], extent: (value: unknown) => number): number {
  let sum = 0;
  for (const value of values) sum += extent(value);
  return sum;
}
