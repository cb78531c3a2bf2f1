/** There is no Docker where this is tested: what is in deploy/ is read, and held against the program. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { settingsTable } from "../src/cli/config/table.ts";
import { leavesOf, pathOf } from "../src/cli/config-flags.ts";
import { createProgram } from "../src/cli/program.ts";
import { ROOT } from "./support/processes.ts";

const read = (path: string) => readFileSync(join(ROOT, "deploy", path), "utf8");
const program = createProgram();
const commands = new Set(leavesOf(program).map((command) => pathOf(command).join(" ")));
const variables = new Set([...settingsTable(program).settings.values()].map(({ env }) => env));

/** What is wrong with `miner run --config x`; null when the program takes it. */
function complaint(words: readonly string[]): string | null {
  const flag = words.findIndex((word) => word.startsWith("--"));
  const path = words.slice(0, flag < 0 ? undefined : flag).join(" ");
  const command = leavesOf(program).find((one) => pathOf(one).join(" ") === path);
  if (command === undefined) return `no command ${path}`;
  const known = [...command.options, ...program.options].map(({ long }) => long);
  return words.find((word) => word.startsWith("--") && !known.includes(word)) ?? null;
}

interface Compose {
  services: Record<
    string,
    {
      image: string;
      command?: string[];
      volumes?: string[];
      environment?: Record<string, string>;
      secrets?: string[];
      ports?: string[];
    }
  >;
  secrets: Record<string, { file: string }>;
  volumes: Record<string, unknown>;
}
const compose = (): Compose => parse(read("docker/compose.yaml"), { merge: true });

describe("the Dockerfile", () => {
  const lines = read("docker/Dockerfile")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const valuesOf = (name: string) =>
    lines.flatMap((line) => (line.startsWith(`${name} `) ? [line.slice(name.length + 1)] : []));

  it("builds in one stage and runs in another, on an image that has a version, as nobody special", () => {
    const stages = valuesOf("FROM");
    expect(stages).toHaveLength(2);
    for (const stage of stages) expect(stage).toMatch(/^node:\d+-\S+/);
    expect(valuesOf("USER")).toEqual(["node"]);
    const last = lines.slice(lines.lastIndexOf(`FROM ${stages[1]}`));
    expect(last.findIndex((line) => line.startsWith("USER"))).toBeGreaterThan(
      last.findLastIndex((line) => line.startsWith("RUN")),
    );
  });

  it("copies by what is there, adds nothing from elsewhere, and hands signals to Node", () => {
    expect(valuesOf("ADD")).toEqual([]);
    for (const form of [...valuesOf("ENTRYPOINT"), ...valuesOf("CMD")]) expect(() => JSON.parse(form)).not.toThrow();
    const context = valuesOf("COPY").filter((words) => !words.startsWith("--from=") && words !== ". .");
    for (const file of context.flatMap((words) => words.split(" ").slice(0, -1)))
      expect(existsSync(join(ROOT, file)), file).toBe(true);
    const let_in = readFileSync(join(ROOT, ".dockerignore"), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("!"));
    for (const line of let_in) expect(existsSync(join(ROOT, line.slice(1))), line).toBe(true);
    for (const file of context.flatMap((words) => words.split(" ").slice(0, -1))) expect(let_in).toContain(`!${file}`);
  });

  it("asks for its health where a node in it answers", () => {
    const [, port] = /http:\/\/127\.0\.0\.1:(\d+)\/healthz/.exec(valuesOf("HEALTHCHECK")[0] ?? "") ?? [];
    expect(valuesOf("ENV")).toContain(`CONVERSION_SUBNET_ADMIN_PORT=${port}`);
    // The script is JavaScript that runs: nobody is there, so it says no.
    const [, script = ""] = /CMD \["node", "-e", "(.*)"\]$/.exec(valuesOf("HEALTHCHECK")[0] ?? "") ?? [];
    const nobody = script.replace(String(port), "1");
    expect(spawnSync(process.execPath, ["-e", nobody]).status).toBe(1);
  });
});

describe("the compose file", () => {
  it("runs commands that there are, with settings that there are", () => {
    for (const [name, { command, environment = {}, image }] of Object.entries(compose().services)) {
      expect(image, name).toMatch(/^conversion-subnet$|:v?\d/);
      if (image !== "conversion-subnet") continue;
      expect(commands).toContain(command?.join(" "));
      const unknown = Object.keys(environment).filter((variable) => !variables.has(variable));
      expect(unknown).toEqual([]);
    }
  });

  it("mounts files that there are, volumes that it declares, and tells no port of the operator's to the world", () => {
    const { services, volumes, secrets } = compose();
    for (const [name, service] of Object.entries(services)) {
      for (const mount of service.volumes ?? []) {
        const [source = ""] = mount.split(":");
        if (source.startsWith("."))
          expect(existsSync(join(ROOT, "deploy/docker", source)), `${name}: ${source}`).toBe(true);
        else expect(Object.keys(volumes)).toContain(source);
      }
      for (const secret of service.secrets ?? []) expect(Object.keys(secrets)).toContain(secret);
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:|^8091:8091$/);
    }
    expect(readFileSync(join(ROOT, ".gitignore"), "utf8")).toContain("deploy/docker/admin-token");
  });

  it("asks every node for its metrics, by a name that the node answers to", () => {
    const { scrape_configs } = parse(read("docker/nodes.yml"));
    const targets: string[] = scrape_configs[0].static_configs[0].targets;
    const nodes = Object.entries(compose().services).filter(([, { image }]) => image === "conversion-subnet");
    expect(targets).toEqual(
      nodes.map(([name, { environment = {} }]) => {
        expect(environment.CONVERSION_SUBNET_ADMIN_ALLOW_HOST).toBe(name);
        return `${name}:9291`;
      }),
    );
  });

  it("is read by Docker's own client, where there is one", ({ skip }) => {
    if (spawnSync("docker", ["compose", "version"]).status !== 0) skip("no docker compose here");
    execFileSync("docker", ["compose", "-f", join(ROOT, "deploy/docker/compose.yaml"), "config", "--quiet"]);
  });
});

describe("the systemd unit", () => {
  const unit = read("systemd/conversion-subnet@.service");
  const directive = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1];

  it.each(["miner", "validator"])("runs a command that there is, with flags that there are: %s", (node) => {
    const [program = "", ...words] = (directive("ExecStart") ?? "").replaceAll("%i", node).split(" ");
    expect(program).toMatch(/\/node_modules\/\.bin\/conversion-subnet$/);
    expect(complaint(words)).toBeNull();
  });

  it("is closed in order, restarted, reloaded, and shut in", () => {
    expect(
      Object.fromEntries(
        ["KillSignal", "Restart", "NoNewPrivileges", "ProtectSystem", "ProtectHome", "CapabilityBoundingSet"].map(
          (name) => [name, directive(name)],
        ),
      ),
    ).toEqual({
      KillSignal: "SIGTERM",
      Restart: "on-failure",
      NoNewPrivileges: "yes",
      ProtectSystem: "strict",
      ProtectHome: "yes",
      CapabilityBoundingSet: "",
    });
    expect(directive("ExecReload")).toContain("-HUP");
    // V8 writes code and runs it: shut in as far as that goes.
    expect(unit).not.toMatch(/^MemoryDenyWriteExecute=yes/m);
  });

  it("is found sound by systemd-analyze, where there is one", ({ skip }) => {
    if (spawnSync("systemd-analyze", ["--version"]).status !== 0) skip("no systemd-analyze here");
    const folder = mkdtempSync(join(tmpdir(), "unit-"));
    try {
      // It looks whether the program is there: Node is.
      const file = join(folder, "conversion-subnet@miner.service");
      writeFileSync(file, unit.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`));
      const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", file], { encoding: "utf8" });
      expect({ status, stderr: stderr.split("\n").filter((line) => line.includes("conversion-subnet")) }).toEqual({
        status: 0,
        stderr: [],
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

it("the pm2 file runs commands that there are, and waits for their end", () => {
  const { apps } = createRequire(import.meta.url)(join(ROOT, "deploy/pm2/ecosystem.config.cjs"));
  expect(apps.map(({ name }: { name: string }) => name)).toEqual(["miner", "validator"]);
  for (const { args, instances, kill_timeout } of apps) {
    expect(complaint(args.split(" "))).toBeNull();
    expect(instances).toBe(1);
    expect(kill_timeout).toBeGreaterThanOrEqual(10_000);
  }
});

it("docs/deploying.md names every file that there is", () => {
  const text = readFileSync(join(ROOT, "docs/deploying.md"), "utf8");
  const files = readdirSync(join(ROOT, "deploy"), { recursive: true, encoding: "utf8", withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
  expect(files.filter((name) => !name.startsWith(".") && name !== "admin-token" && !text.includes(name))).toEqual([]);
});
