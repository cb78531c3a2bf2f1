import fc from "fast-check";
import { expect, it } from "vitest";
import { readRecord } from "./csv-record.ts";

const read = (text: string) => {
  const bytes = Buffer.from(text);
  return readRecord(bytes, 0, bytes.length);
};

it("gives back what RFC 4180 writes", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", "é", ",", '"', "\n", " ", "\r") });
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1 }), fc.constantFrom("\n", "\r\n"), (cells, eol) => {
      const text = `${cells.map(quoted).join(",")}${eol}`;
      const record = read(`${text}next,one\n`);
      expect(record).toMatchObject({ cells, next: Buffer.byteLength(text), problem: null });
      expect(record?.lines).toBe(text.split("\n").length - 1);
    }),
  );
});

it("takes a quote within a bare cell as a character, and bare ends as they are", () => {
  expect(read('5" screen,, b ,\n')?.cells).toEqual(['5" screen', "", " b ", ""]);
  expect(read("a\r,b\r\n")?.cells).toEqual(["a\r", "b"]);
});

it("asks for more while a quote is open, and names text after a closing quote", () => {
  expect(read('1,"2\n3,4\n')).toBeNull();
  expect(read('1,"2""\n')).toBeNull();
  expect(read('1,"2"x,3\n')?.problem).toBe("has text after the closing quote of cell 2");
});
