/** Arrays of numbers that are shared between threads in place of being copied. */
type Numbers = Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array;
const isNumbers = (value: unknown): value is Numbers =>
  value instanceof Float64Array ||
  value instanceof Float32Array ||
  value instanceof Int32Array ||
  value instanceof Uint32Array ||
  value instanceof Uint8Array;

function share(numbers: Numbers): Numbers {
  if (numbers.buffer instanceof SharedArrayBuffer) return numbers;
  const memory = new SharedArrayBuffer(numbers.byteLength);
  new Uint8Array(memory).set(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
  if (numbers instanceof Float64Array) return new Float64Array(memory);
  if (numbers instanceof Float32Array) return new Float32Array(memory);
  if (numbers instanceof Int32Array) return new Int32Array(memory);
  if (numbers instanceof Uint32Array) return new Uint32Array(memory);
  return new Uint8Array(memory);
}

/**
 * Plain data whose arrays of numbers lie in shared memory, so that it can be handed to any number of threads at the price of one
 * copy. Everything else is as it was.
 *
 * @example
 * inSharedMemory({ X: Float64Array.of(1, 2) }).X.buffer instanceof SharedArrayBuffer; // true
 */
export function inSharedMemory<T>(value: T): T {
  const walk = (item: unknown): unknown => {
    if (isNumbers(item)) return share(item);
    if (Array.isArray(item)) return item.some((one) => typeof one === "object" && one !== null) ? item.map(walk) : item;
    if (typeof item !== "object" || item === null || Object.getPrototypeOf(item) !== Object.prototype) return item;
    return Object.fromEntries(Object.entries(item).map(([key, one]) => [key, walk(one)]));
  };
  // The same shape: only the memory under arrays of numbers is another.
  return walk(value) as T;
}
