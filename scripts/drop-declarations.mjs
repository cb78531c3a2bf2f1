// Removes declarations that no door of the package leads to: half of them are of files that nobody outside can import, and a small file
// takes a whole block of a disk. Runs after tsc, which writes all of them.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

const todo = Object.values(exports).flatMap(({ types }) => (types === undefined ? [] : [join(ROOT, types)]));
const led = new Set();
for (let file = todo.pop(); file !== undefined; file = todo.pop()) {
  if (led.has(file) || !existsSync(file)) continue;
  led.add(file);
  for (const [, to] of readFileSync(file, "utf8").matchAll(/(?:\bfrom|\bimport\()\s*["'](\.[^"']+)\.[jt]s["']/g))
    todo.push(`${join(dirname(file), to)}.d.ts`);
}
const dist = join(ROOT, "dist");
for (const path of readdirSync(dist, { recursive: true }))
  if (path.endsWith(".d.ts") && !led.has(join(dist, path))) rmSync(join(dist, path));
