// Builds the one bundle of the notebook pages: built/portale-<hash>.js and .css, each also as .br and .gz, and
// built/manifest.json, which names them. Called by the Makefile's set-up:
//   node portal_lib/frontend/build.mjs PREFIX
// PREFIX is the Python environment whose wheels bring the JavaScript of bqplot and bqscales (share/jupyter): npm's
// copies are years behind the Python side.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

// d3's own default locales are American; each is replaced where it is defined. A build in which one is not found as
// often as it was fails here, rather than as "Jan" on somebody's axis.
const REPLACED = {
  bqplot: [
    [/\(\{(?:decimal:".",)?thousands:",",grouping:\[3\],currency:\["\$",""\](?:,minus:"-")?\}\)/g, "(formats.numbers)", 2],
    [/\(\{dateTime:"%x, %X",date:"%-m\/%-d\/%Y"[^{}]*?\}\)/g, "(formats.times)", 2],
    [/var r=i\.nc;/g, "var r=formats.nonce;", 1],
  ],
  bqscales: [
    [/\(\{thousands:",",grouping:\[3\],currency:\["\$",""\]\}\)/g, "(formats.numbers)", 1],
    [/\(\{dateTime:"%x, %X",date:"%-m\/%-d\/%Y"[^{}]*?\}\)/g, "(formats.times)", 1],
  ],
};

/** What a wheel ships is an AMD module whose only dependency is @jupyter-widgets/base. */
function fromWheels(prefix) {
  return {
    name: "from-wheels",
    setup(building) {
      building.onResolve({ filter: /^wheel:/ }, ({ path }) => ({ path: path.slice(6), namespace: "wheel" }));
      building.onLoad({ filter: /.*/, namespace: "wheel" }, ({ path }) => {
        const file = join(prefix, "share", "jupyter", "nbextensions", path, "index.js");
        if (!existsSync(file)) throw new Error(`${path} is not installed in ${prefix}: ${file} is missing.`);
        let text = readFileSync(file, "utf8");
        for (const [pattern, replacement, times] of REPLACED[path]) {
          const found = text.match(pattern)?.length ?? 0;
          if (found !== times) throw new Error(`${file}: ${pattern} was found ${found} times, not ${times}.`);
          text = text.replace(pattern, replacement);
        }
        const contents = `import * as base from "@jupyter-widgets/base";
import { formats } from "./formats";
let exported;
const define = (_needs, factory) => { exported = factory(base); };
${text}
export default exported;`;
        return { contents, loader: "js", resolveDir: join(here, "src") };
      });
    },
  };
}

/** Parts of the libraries that no page of ours reaches, left out. */
const leftOut = {
  name: "left-out",
  setup(building) {
    const instead = (text) => ({ contents: text, loader: "js", resolveDir: join(here, "src") });
    building.onResolve({ filter: /^\.\.$/ }, ({ importer }) =>
      importer.includes("services/lib/kernel") ? { path: "services", namespace: "left-out" } : null,
    );
    building.onResolve({ filter: /^(sanitize-html|ws)$/ }, ({ path }) => ({ path, namespace: "left-out" }));
    building.onLoad({ filter: /^services$/, namespace: "left-out" }, () =>
      instead(`export { ServerConnection } from "@jupyterlab/services/lib/serverconnection";
export const CommsOverSubshells = { Disabled: "disabled", PerCommTarget: "perCommTarget", PerComm: "perComm" };`),
    );
    // manager.ts shows labels as text: nothing is sanitised because nothing is taken for HTML.
    building.onLoad({ filter: /.*/, namespace: "left-out" }, () =>
      instead(`export default () => { throw new Error("left out of the bundle"); };`),
    );
  },
};

const made = await build({
  entryPoints: { portale: join(here, "src", "main.ts") },
  bundle: true,
  minify: true,
  write: false,
  outdir: "built",
  target: "es2021",
  format: "iife",
  legalComments: "none",
  define: { "process.env.NODE_ENV": '"production"' },
  // What libraries tell developers; each call would make V8 work out where in the bundle it stands.
  pure: ["console.debug", "console.log", "console.info"],
  loader: { ".svg": "dataurl" },
  plugins: [fromWheels(process.argv[2]), leftOut],
  logLevel: "warning",
});

const built = join(here, "built");
mkdirSync(built, { recursive: true });
const manifest = {};
for (const { path, contents } of made.outputFiles) {
  const kind = path.endsWith(".css") ? "css" : "js";
  const name = `portale-${createHash("sha256").update(contents).digest("hex").slice(0, 16)}.${kind}`;
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: contents.length } };
  writeFileSync(join(built, name), contents);
  writeFileSync(join(built, `${name}.br`), brotliCompressSync(contents, quality));
  writeFileSync(join(built, `${name}.gz`), gzipSync(contents, { level: 9 }));
  manifest[kind] = name;
}
// The manifest last, and in one step: whoever reads it finds what it names.
writeFileSync(join(built, "manifest.json.new"), JSON.stringify(manifest));
renameSync(join(built, "manifest.json.new"), join(built, "manifest.json"));
// A service that was started before this build hands out the files it knows; those of last week are nobody's.
const lastWeek = Date.now() - 7 * 86_400_000;
for (const name of readdirSync(built)) {
  const kept = Object.values(manifest).some((current) => name.startsWith(current));
  if (name.startsWith("portale-") && !kept && statSync(join(built, name)).mtimeMs < lastWeek) rmSync(join(built, name));
}
