import { errorText, type Span, type SpanFields, type Tracing } from "../core/index.ts";

/** Version 00: trace id, span id, flags; ids of zeros are none. https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;
const SAMPLED = 1;

/**
 * Traces through OpenTelemetry's API, which is loaded here and nowhere else. Where the spans go is the business of whoever starts the
 * process: an SDK that is registered by `node --import`, or nobody.
 *
 * @example
 * const tracing = await openTracing({ version: "0.1.0" });
 * tracing.begin("question").traceparent; // "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", or null without an SDK
 */
export async function openTracing({ version }: { readonly version: string }): Promise<Tracing> {
  const { isSpanContextValid, ROOT_CONTEXT, SpanStatusCode, trace } = await import("@opentelemetry/api");
  const tracer = trace.getTracer("conversion-subnet", version);
  const native = new WeakMap<Span, ReturnType<typeof tracer.startSpan>>();

  const contextOf = (parent: Span | string | null | undefined) => {
    if (typeof parent === "string") {
      const [, traceId, spanId, flags] = TRACEPARENT.exec(parent) ?? [];
      if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT;
      const traceFlags = Number.parseInt(flags ?? "0", 16) & SAMPLED;
      return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
    }
    const span = parent ? native.get(parent) : undefined;
    return span === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, span);
  };
  return {
    begin(name, { parent, fields = {} }: { parent?: Span | string | null; fields?: SpanFields } = {}) {
      const started = tracer.startSpan(name, { attributes: fields }, contextOf(parent));
      const context = started.spanContext();
      const flags = (context.traceFlags & SAMPLED).toString(16).padStart(2, "0");
      const span: Span = {
        traceparent: isSpanContextValid(context) ? `00-${context.traceId}-${context.spanId}-${flags}` : null,
        end(error) {
          if (error !== undefined) started.setStatus({ code: SpanStatusCode.ERROR, message: errorText(error) });
          started.end();
        },
      };
      native.set(span, started);
      return span;
    },
  };
}
