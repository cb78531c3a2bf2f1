#!/usr/bin/env node
// Completes package-lock.json where the registry at hand lacks optional packages of other platforms: without their
// entries `npm ci` stops with EUSAGE ("Missing: NAME@ from lock file"). Adds version, os, cpu and libc, read off the
// package's name; npm skips them on this platform and finds them on a registry that has them.
//   node scripts/complete-lock.mjs [package-lock.json]
import { readFileSync, writeFileSync } from "node:fs";

const file = process.argv[2] ?? "package-lock.json";
const lock = JSON.parse(readFileSync(file, "utf8"));
const OS = ["darwin", "win32", "linux", "android", "freebsd", "openbsd", "netbsd", "openharmony", "sunos", "aix"];
const CPU = /(arm64|x64|ia32|riscv64|s390x|ppc64|loong64|mips64el|wasm32)/;

function platformOf(name) {
  const last = name.split("/").pop();
  const os = OS.filter((o) => last.includes(o));
  const cpu = CPU.exec(last)?.[1] ?? (last.includes("arm") ? "arm" : undefined);
  const libc = last.includes("musl") ? "musl" : last.includes("gnu") && os.includes("linux") ? "glibc" : undefined;
  return { ...(os.length ? { os } : {}), ...(cpu ? { cpu: [cpu] } : {}), ...(libc ? { libc: [libc] } : {}) };
}

let added = 0;
for (const [path, entry] of Object.entries(lock.packages)) {
  if (path === "") continue;
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const top = `node_modules/${name}`;
    if (lock.packages[top] || lock.packages[`${path}/node_modules/${name}`]) continue;
    lock.packages[top] = {
      version: range.replace(/^[\^~]/, ""),
      ...(entry.dev ? { dev: true } : {}),
      optional: true,
      ...platformOf(name),
    };
    added += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} optional platform packages added to ${file}`);
