/** A piece of work that is traced: when it began, when it ended, and what it was a part of. */
export interface Span {
  /** W3C trace context for whoever does a part of it elsewhere; null = it is not traced. */
  readonly traceparent: string | null;
  /** Ends it, once; with the error that ended it, if one did. */
  end(error?: unknown): void;
}

/** What a span is about: numbers, and texts of ours, never a stranger's. */
export type SpanFields = Readonly<Record<string, string | number | boolean>>;

/** Where a room says what it does, for traces over several processes. */
export interface Tracing {
  /**
   * Begins a span.
   *
   * @param parent a span, or a `traceparent` header: a hint that anybody may write, so nothing is decided by it; what is none is left out.
   */
  begin(name: string, options?: { readonly parent?: Span | string | null; readonly fields?: SpanFields }): Span;
}

const SILENT_SPAN: Span = { traceparent: null, end: () => undefined };
/**
 * Traces nothing: the default of every node.
 *
 * @example
 * silentTracing.begin("question").traceparent; // null
 */
export const silentTracing: Tracing = { begin: () => SILENT_SPAN };
