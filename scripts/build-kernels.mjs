/**
 * Compiles the AssemblyScript kernels: `node scripts/build-kernels.mjs [OUT_DIR]` (default dist/learning/kernels).
 *
 * Every file directly in src/learning/kernels/assembly is one module, NAME.wasm; what it is made of may lie in a folder beside
 * it. A module that mentions RELAXED is compiled twice: NAME.wasm with RELAXED = 0, and NAME.relaxed.wasm with RELAXED = 1,
 * which may use relaxed SIMD. What is newer than all sources is left alone, so this is cheap to call first. vitest calls it by
 * `setup`: tests run the TypeScript in src/, which finds the modules in dist/.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SOURCES = join(ROOT, "src/learning/kernels/assembly");
const OUT = join(ROOT, "dist/learning/kernels");
const OPTIONS = ["-O3", "--converge", "--noAssert", "--runtime", "stub", "--enable", "simd", "--use", "abort="];

const changed = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);
const sourcesUnder = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => join(folder, name))
    : [];

async function compile(source, target, options) {
  const { default: asc } = await import("assemblyscript/asc");
  // Written beside it and renamed: somebody may be reading the old one.
  const draft = `${target}.${process.pid}.tmp`;
  const { error, stderr } = await asc.main([source, "--outFile", draft, "--baseDir", "/", ...OPTIONS, ...options]);
  if (error !== null) throw new Error(`${source} does not compile.\n${stderr.toString()}`);
  renameSync(draft, target);
}

async function buildModule(name, outDir) {
  const source = join(SOURCES, `${name}.ts`);
  const sources = [source, ...sourcesUnder(join(SOURCES, name))];
  const newest = Math.max(...[...sources, fileURLToPath(import.meta.url)].map(changed));
  const variants = [[`${name}.wasm`, ["--use", "RELAXED=0"]]];
  if (sources.some((path) => readFileSync(path, "utf8").includes("RELAXED"))) {
    variants.push([`${name}.relaxed.wasm`, ["--use", "RELAXED=1", "--enable", "relaxed-simd"]]);
  }
  for (const [file, options] of variants) {
    const target = join(outDir, file);
    if (changed(target) <= newest) await compile(source, target, options);
  }
}

export async function setup(outDir = OUT) {
  // vitest gives its project.
  const folder = typeof outDir === "string" ? resolve(outDir) : OUT;
  mkdirSync(folder, { recursive: true });
  const names = readdirSync(SOURCES).filter((name) => name.endsWith(".ts"));
  for (const name of names) await buildModule(name.slice(0, -3), folder);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await setup(process.argv[2]);
