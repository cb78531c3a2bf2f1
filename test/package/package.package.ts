/**
 * What a stranger gets from npm: the tarball is packed, looked through, installed into an empty folder, and used there. Run by
 * `npm run test:package`; the registry is asked for the dependencies that npm's cache lacks.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { copyFile, lstat, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { programs } from "../support/documents.ts";
import { environment, ROOT, start, temporaryFolders } from "../support/processes.ts";

const MOST_BYTES = 60e6;
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { exports: Record<string, unknown> };
const SUBPATHS = Object.keys(manifest.exports).map((subpath) => `conversion-subnet${subpath.slice(1)}`);

const folders = temporaryFolders();
let tarball = "";
let files: readonly string[] = [];
/** An empty folder in which the package has been installed. */
let home = "";
let env: NodeJS.ProcessEnv = {};

beforeAll(async () => {
  const packed = await folders.make();
  const npm = ["pack", "--ignore-scripts", "--json", "--pack-destination", packed];
  const [said] = JSON.parse(execFileSync("npm", npm, { cwd: ROOT, encoding: "utf8", stdio: "pipe" }));
  tarball = join(packed, said.filename);
  files = said.files.map(({ path }: { path: string }) => path);

  home = await folders.make();
  // npm's own settings stay those of this machine; everything else is a stranger's.
  env = {
    ...environment(home),
    npm_config_userconfig: process.env.npm_config_userconfig ?? join(process.env.HOME ?? "", ".npmrc"),
  };
  await writeFile(join(home, "package.json"), JSON.stringify({ name: "stranger", private: true, type: "module" }));
  const args = [
    "install",
    "--prefer-offline",
    "--no-audit",
    "--no-fund",
    "--cache",
    execFileSync("npm", ["config", "get", "cache"], { encoding: "utf8" }).trim(),
  ];
  const installed = await start("npm", [...args, tarball], home, env).ended;
  expect(installed, installed.stderr).toMatchObject({ code: 0 });
}, 300_000);
afterAll(() => folders.clear());

/** Bytes on the disk, as `du` counts them. */
async function bytesOf(path: string): Promise<number> {
  const { blocks } = await lstat(path);
  const inside = (await lstat(path)).isDirectory() ? await readdir(path) : [];
  const sizes = await Promise.all(inside.map((name) => bytesOf(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, blocks * 512);
}

async function compile(moduleResolution: string, names: readonly string[], options: object = {}) {
  const compilerOptions = {
    target: "es2023",
    lib: ["es2023"],
    module: moduleResolution === "nodenext" ? "nodenext" : "preserve",
    moduleResolution,
    strict: true,
    exactOptionalPropertyTypes: true,
    types: ["node"],
    typeRoots: [join(ROOT, "node_modules/@types")],
    outDir: `out-${moduleResolution}`,
    rootDir: ".",
    noEmitOnError: true,
    ...options,
  };
  const project = `tsconfig.${moduleResolution}.json`;
  await writeFile(join(home, project), JSON.stringify({ compilerOptions, files: names }));
  const { stdout } = await start(process.execPath, [TSC, "-p", project], home, env).ended;
  // Hono's declarations want those of a browser for its WebSockets, which ours do not mention.
  expect(stdout.split("\n").filter((line) => line !== "" && !line.startsWith("node_modules/hono/"))).toEqual([]);
}

describe("the tarball", () => {
  it("has what is needed to run and to read, and nothing else", () => {
    const strange = files.filter(
      (path) =>
        !/^dist\/.*\.(?:js|d\.ts|wasm|html|css|svg|md)$/.test(path) &&
        !/^(?:docs\/.*\.md|examples\/.*\.ts|deploy\/.*)$/.test(path) &&
        !["package.json", "README.md", "LICENSE", "CHANGELOG.md"].includes(path),
    );
    expect(strange).toEqual([]);
    expect(files.filter((path) => /\.test\.|\.map$/.test(path))).toEqual([]);
    for (const path of ["README.md", "LICENSE", "CHANGELOG.md", "dist/cli/main.js", "docs/guide-miner.md"])
      expect(files).toContain(path);
  });

  it("holds every kernel, and no declaration of a source that is gone", () => {
    const kernels = readdirSync(join(ROOT, "dist/learning/kernels")).filter((name) => name.endsWith(".wasm"));
    expect(kernels.length).toBeGreaterThan(0);
    for (const name of kernels) expect(files).toContain(`dist/learning/kernels/${name}`);
    // Left over from an older build: remove dist and build again.
    const gone = files.filter(
      (path) =>
        path.endsWith(".d.ts") && !existsSync(join(ROOT, path.replace("dist/", "src/").replace(".d.ts", ".ts"))),
    );
    expect(gone).toEqual([]);
  });

  it("is found sound by publint", async () => {
    const pkg = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const bytes = readFileSync(tarball);
    const archive = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const { messages } = await publint({ pack: { tarball: archive }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });
});

describe("installed into an empty folder", () => {
  it(`takes less than ${MOST_BYTES / 1e6} MB without the optional parts`, async () => {
    const modules = join(home, "node_modules");
    const names = (await readdir(modules)).filter((name) => !name.startsWith("."));
    const sizes = await Promise.all(names.map(async (name) => ({ name, bytes: await bytesOf(join(modules, name)) })));
    const all = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
    const largest = sizes.toSorted((a, b) => b.bytes - a.bytes).slice(0, 6);
    const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
    console.log(
      `install size ${megabytes(all)}: ${largest.map(({ name, bytes }) => `${name} ${megabytes(bytes)}`).join(", ")} ...`,
    );
    expect(names).toContain("conversion-subnet");
    for (const optional of ["@duckdb", "onnxruntime-node", "typescript", "vitest"])
      expect(names).not.toContain(optional);
    expect(all).toBeLessThan(MOST_BYTES);
  });

  it("plays the demo", async () => {
    const demo = await start(
      "npx",
      ["conversion-subnet", "demo", "--rounds", "20", "--speed", "max", "--json"],
      home,
      env,
    ).ended;
    expect(demo, demo.stderr).toMatchObject({ code: 0 });
    const { settled, miners } = JSON.parse(demo.stdout);
    expect(settled).toBe(20);
    expect(miners).toHaveLength(8);
  });

  it.each(["bundler", "nodenext"])(
    "has types under moduleResolution %s, for every subpath",
    async (moduleResolution) => {
      const lines = SUBPATHS.map((subpath, i) => `export * as part${i} from "${subpath}";`);
      await writeFile(join(home, "consumer.ts"), `${lines.join("\n")}\n`);
      // Our declarations are checked too: a type that a stranger does not have would show.
      await compile(moduleResolution, ["consumer.ts"], { skipLibCheck: false, noEmit: true });
    },
  );

  it("gives every subpath to import", async () => {
    const program = `const names = ${JSON.stringify(SUBPATHS)};
      for (const name of names) if (Object.keys(await import(name)).length === 0) throw new Error(name);
      console.log(names.length);`;
    const { stdout, stderr } = await start(process.execPath, ["--input-type=module", "-e", program], home, env).ended;
    expect(stderr).toBe("");
    expect(stdout).toBe(`${SUBPATHS.length}\n`);
  });

  it("runs the examples and the guide's program", async () => {
    const examples = readdirSync(join(ROOT, "examples")).filter((name) => name.endsWith(".ts"));
    for (const name of examples) await copyFile(join(ROOT, "examples", name), join(home, name));
    const training = programs("docs/guide-miner.md").get("training") ?? "";
    expect(training).toContain('from "conversion-subnet"');
    await writeFile(join(home, "training.ts"), training);
    await compile("nodenext", [...examples, "training.ts"], { skipLibCheck: true });

    const rows = ["conversion-subnet", "simulate", "--rows", "1500", "--out", "train.csv"];
    expect(await start("npx", rows, home, env).ended).toMatchObject({ code: 0 });
    for (const name of [...examples, "training.ts"]) {
      const ran = await start(process.execPath, [`out-nodenext/${name.replace(/\.ts$/, ".js")}`], home, env).ended;
      expect(ran, `${name}\n${ran.stderr}`).toMatchObject({ code: 0 });
    }
    expect(existsSync(join(home, "checkpoints/my_model.safetensors"))).toBe(true);
  });
});
