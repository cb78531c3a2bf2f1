/**
 * Finishes the dashboard's page after the compiler: `node scripts/build-page.mjs` brings what is served as it is into
 * dist/dashboard/page, uPlot among it. A browser finds modules by address, not by name, so the one import of "uplot" becomes "./uplot.js".
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SOURCES = join(ROOT, "src/dashboard/page");
const OUT = join(ROOT, "dist/dashboard/page");
const UPLOT = join(ROOT, "node_modules/uplot/dist");
const NAMED = 'from "uplot"';

mkdirSync(OUT, { recursive: true });
for (const name of readdirSync(SOURCES)) {
  if (/\.(css|svg)$/.test(name)) copyFileSync(join(SOURCES, name), join(OUT, name));
}
copyFileSync(join(UPLOT, "uPlot.esm.js"), join(OUT, "uplot.js"));
copyFileSync(join(UPLOT, "uPlot.min.css"), join(OUT, "uplot.css"));

// All modules are asked for at once, not each when the one above it has been read.
const modules = readdirSync(OUT).filter((name) => name.endsWith(".js"));
const preloads = modules.map((name) => `    <link rel="modulepreload" href="./${name}" />\n`);
const index = readFileSync(join(SOURCES, "index.html"), "utf8");
writeFileSync(join(OUT, "index.html"), index.replace("  </head>", `${preloads.join("")}  </head>`));

const plot = join(OUT, "plot.js");
const text = readFileSync(plot, "utf8");
if (!text.includes(NAMED)) throw new Error(`${plot} does not import uPlot as ${NAMED}.`);
writeFileSync(plot, text.replace(NAMED, 'from "./uplot.js"'));
