import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ENTITY_TYPES, findEntities, foldText, normaliseEntity } from "./index.ts";

const found = (text: string) => findEntities(text).map(({ type, value }) => `${type}=${value}`);

describe("the entity finder", () => {
  it.each([
    ["write to Ann.Lee+x@Mail.example.co.uk, please", ["email=ann.lee+x@mail.example.co.uk"]],
    ["call me: +1 (555) 010-0199.", ["phone=15550100199"]],
    ["555-010-0199 or 5550100199", ["phone=5550100199", "phone=5550100199"]],
    ["see https://example.com/a?b=1).", ["url=https://example.com/a?b=1"]],
    ["WWW.example.com/", ["url=www.example.com"]],
    ["$1,250.50 or 20 euros or £5", ["money=$1250.50", "money=20euros", "money=£5"]],
    ["on 2026-05-13, 5/14/2026 or May 15th, 2026", ["date=2026-05-13", "date=5/14/2026", "date=may 15th, 2026"]],
    ["3 of June", ["date=3 of june"]],
    ["at 8pm or 20:15", ["time=8pm", "time=20:15"]],
    ["31 guests, 1,000 lights, 2.5 m", ["number=31", "number=1000", "number=2.5"]],
    ["no entity here, not even an @ sign", []],
    ["12 15", ["number=12", "number=15"]],
    ["email b@c.org at 9:30 am for $3 on 5/6", ["email=b@c.org", "money=$3", "date=5/6", "time=9:30 am"]],
  ])("finds in %j", (text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  it("never takes long, whatever the text: each character adds at most linear work", () => {
    const hostile = [
      "1".repeat(50_000),
      "a@".repeat(30_000),
      "1-".repeat(30_000),
      `www.${"a".repeat(60_000)}`,
      "1 ".repeat(30_000),
      "a.".repeat(30_000).concat("@"),
      "$".repeat(50_000).concat("1"),
    ];
    for (const text of hostile) expect(findEntities(text).length).toBeLessThanOrEqual(4_000);
  });

  it("gives known types and values without confidence for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
        for (const entity of findEntities(text)) {
          expect(ENTITY_TYPES).toContain(entity.type);
          expect(entity.value).not.toBe("");
          expect(entity.confidence).toBeUndefined();
        }
      }),
    );
  });
});

describe("normalising", () => {
  it("makes two sayings of one value equal", () => {
    expect(normaliseEntity("phone", "(555) 010 0199")).toBe(normaliseEntity("phone", "555-010-0199"));
    expect(normaliseEntity("email", " A@B.c ")).toBe("a@b.c");
    expect(normaliseEntity("name", "Ann  Lee")).toBe("ann lee");
    expect(normaliseEntity("phone", "none")).toBe("none");
    expect(normaliseEntity("url", "HTTP://A.b/.")).toBe("http://a.b");
  });

  it("folds case, spaces and punctuation of a question, in any script", () => {
    expect(foldText("What's  your NAME?!")).toBe("what s your name");
    expect(foldText("¿CÓMO  te llamas？")).toBe("cómo te llamas");
    expect(foldText("")).toBe("");
    expect(foldText("?!")).toBe("");
  });
});
