import { expect, it } from "vitest";
import { escapeText } from "./svg.ts";

it("lets no text of a report become markup, or hide or reorder what stands there", () => {
  expect(escapeText(`<b a="1" b='2'>&`)).toBe("&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;");
  expect(escapeText("a\u001b[2J\u009b1m\u202eb\u0000é\n")).toBe("a\\u001b[2J\\u009b1m\\u202eb\\u0000é\n");
});
