import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** A Python program that a peer runs in: where it may be, and how it comes there. */
interface Python {
  /** Names the interpreter, if it is elsewhere. */
  readonly variable: string;
  /** What must be importable. */
  readonly module: string;
  readonly paths: readonly string[];
  /** How it comes here, for people. */
  readonly hint: string;
  /** Packages of a virtual environment in build/peers; none: the machine's own package manager has it. */
  readonly packages: readonly string[];
}

const FOLDER = join("build", "peers");
const inFolder = (name: string) => join(FOLDER, name, "bin", "python");
/** Debian's own Python: its package python3-torch is for that one, which need not be the first on the path. */
const DEBIAN = "/usr/bin/python3";
const SETUP = "npm run bench -- --setup-peers";

/** PyTorch 2 is a wheel of some gigabytes: nothing but `--setup-peers` fetches it. */
export const PYTHONS = {
  torch: {
    variable: "TORCH_PYTHON",
    module: "torch",
    paths: [DEBIAN],
    hint: "apt-get install python3-torch libopenblas0",
    packages: [],
  },
  torch2: {
    variable: "TORCH2_PYTHON",
    module: "torch",
    paths: [inFolder("torch2")],
    hint: `${SETUP} torch2`,
    packages: ["torch>=2", "numpy"],
  },
  xgboost: {
    variable: "XGBOOST_PYTHON",
    module: "xgboost",
    paths: [inFolder("xgboost"), DEBIAN, "python3"],
    hint: `${SETUP} xgboost`,
    packages: ["xgboost==1.7.6", "numpy<2"],
  },
  axon: {
    variable: "AXON_PYTHON",
    module: "bittensor.core.axon",
    paths: [join("build", "interop-venvs", "v10", "bin", "python")],
    hint: "sh scripts/interop-venvs.sh v10",
    packages: [],
  },
  http_auth: {
    variable: "HTTP_AUTH_PYTHON",
    module: "fastapi, uvicorn, bittensor.http_auth",
    paths: [inFolder("http_auth")],
    hint: `${SETUP} http_auth`,
    packages: ["bittensor==11.3.0", "bittensor-wallet==4.1.1", "fastapi==0.165.0", "uvicorn[standard]==0.54.0"],
  },
} as const satisfies Record<string, Python>;

/** What peers run in: one thread, and none of the switches that make a machine's library of matrices slower than it is. */
export function peerEnvironment(): NodeJS.ProcessEnv {
  const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _l2, ...rest } = process.env;
  return { ...rest, OMP_NUM_THREADS: "1" };
}

/** The interpreter of a peer; null, and a line on stderr that says how it comes here, where there is none. */
export function findPython(name: keyof typeof PYTHONS): string | null {
  const { variable, module, paths, hint }: Python = PYTHONS[name];
  const own = process.env[variable];
  const python = (own === undefined ? paths : [own]).find(
    (path) => spawnSync(path, ["-c", `import ${module}`], { env: peerEnvironment() }).status === 0,
  );
  if (python !== undefined) return python;
  console.error(`The peer ${name} is not here: ${hint} (or name its Python in ${variable}).`);
  return null;
}

/** Makes the virtual environments that are missing, of all peers or of those named. */
export function setUpPeers(names: readonly string[]): void {
  for (const [name, { packages }] of Object.entries<Python>(PYTHONS)) {
    const python = inFolder(name);
    if (packages.length === 0 || existsSync(python) || (names.length > 0 && !names.includes(name))) continue;
    console.log(`${join(FOLDER, name)}: ${packages.join(", ")} ...`);
    for (const args of [
      ["python3", "-m", "venv", join(FOLDER, name)],
      [python, "-m", "pip", "install", "--quiet", ...packages],
    ]) {
      const { status } = spawnSync(args[0] ?? "", args.slice(1), { stdio: "inherit" });
      if (status !== 0) throw new Error(`${args.join(" ")} failed.`);
    }
  }
}
