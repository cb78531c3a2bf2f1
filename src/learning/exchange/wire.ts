/** Part of a file. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A field of a protobuf message: its number, and what stands there as a whole number or as bytes. */
export interface Field extends Span {
  readonly number: number;
  readonly value: number;
}

/** Reads protobuf messages in place. */
export interface Wire {
  readonly whole: Span;
  /** Every field of a message, in order; what is not asked for is stepped over by its length. */
  fields(message: Span): Generator<Field>;
  /** The last field of a number, which is the one that counts. */
  last(message: Span, number: number): Field | undefined;
  text(span: Span): string;
  /** The text of a field; empty where it is not there. */
  textAt(message: Span, number: number): string;
}

/** Bits of a varint: ten groups of seven. */
const MAX_BITS = 70;

/**
 * A reader of protobuf's wire format (https://protobuf.dev/programming-guides/encoding) that builds nothing: time is linear in the
 * bytes, and memory is that of what is asked for.
 *
 * @param damaged makes the error that is thrown where the bytes are no message.
 */
export function createWire(bytes: Uint8Array, damaged: () => Error): Wire {
  const varintAt = (start: number, to: number): { value: number; end: number } => {
    let value = 0;
    let at = start;
    for (let shift = 0; shift < MAX_BITS && at < to; shift += 7) {
      const byte = bytes[at];
      at += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return { value, end: at };
    }
    throw damaged();
  };
  const wire: Wire = {
    whole: { from: 0, to: bytes.length },
    *fields({ from, to }) {
      let at = from;
      while (at < to) {
        const tag = varintAt(at, to);
        const [number, type] = [Math.floor(tag.value / 8), tag.value % 8];
        const { value, end } = type === 0 || type === 2 ? varintAt(tag.end, to) : { value: 0, end: tag.end };
        const length = type === 0 ? 0 : type === 1 ? 8 : type === 2 ? value : type === 5 ? 4 : Number.NaN;
        at = end + length;
        if (number === 0 || !(at <= to)) throw damaged();
        yield { number, value, from: end, to: at };
      }
    },
    last(message, number) {
      let found: Field | undefined;
      for (const field of wire.fields(message)) if (field.number === number) found = field;
      return found;
    },
    text: ({ from, to }) => new TextDecoder().decode(bytes.subarray(from, to)),
    textAt(message, number) {
      const field = wire.last(message, number);
      return field === undefined ? "" : wire.text(field);
    },
  };
  return wire;
}
