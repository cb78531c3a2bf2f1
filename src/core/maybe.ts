/** What may be there at once. Most of what a request waits for is, and then a promise costs more than the thing. */
export type Maybe<T> = T | Promise<T>;

/** Whether it is still to come. Promises of other makes count: an object that is none must not pass for a yes. */
export function isPending<T>(value: Maybe<T>): value is Promise<T> {
  return value instanceof Promise || (typeof value === "object" && value !== null && "then" in value);
}

/** The next step: now, if what it needs is there. */
export function andThen<T, U>(value: Maybe<T>, next: (value: T) => Maybe<U>): Maybe<U> {
  return isPending(value) ? Promise.resolve(value).then(next) : next(value);
}
