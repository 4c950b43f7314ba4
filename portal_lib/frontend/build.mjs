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
    // drawing.ts says why.
    [/(\.prototype\.transition=)(function\(t\)\{var e,i;.{1,300}?return new \w+\(n,this\._parents,t,e\)\})/g, "$1atOnce($2)", 1],
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
        // The factory called where it stands, not handed on: so V8 compiles it while the script still loads.
        const factory = /\bdefine\(\["@jupyter-widgets\/base"\],(.*)\);\s*(?:\/\/.*\s*)?$/s.exec(text)?.[1];
        if (!factory) throw new Error(`${file} is not a module that needs @jupyter-widgets/base alone.`);
        const contents = `import * as base from "@jupyter-widgets/base";
import { atOnce } from "./drawing";
import { formats } from "./formats";
export default (${factory})(base);`;
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

/**
 * An error makes V8 read every function once more that is being called, to learn where in it that happened: while the
 * bundle is evaluated, that is the whole bundle. Two libraries throw and catch to find out what the browser can do.
 */
const unthrown = {
  name: "unthrown",
  setup(building) {
    // lodash tries to take their tag away from values whose tag is read-only.
    building.onResolve({ filter: /_getRawTag$/ }, ({ resolveDir }) => ({ path: join(resolveDir, "_objectToString.js") }));
    building.onLoad({ filter: /jquery[/\\]dist[/\\]jquery\.js$/ }, ({ path }) => {
      const asked = /try \{\s*document\.querySelector\( "(:has\(.*?\))" \);\s*return false;.*?return true;\s*\}/gs;
      const text = readFileSync(path, "utf8");
      if (text.match(asked)?.length !== 1) throw new Error(`${path} asks for :has in another way.`);
      return { contents: text.replace(asked, 'return !CSS.supports("selector($1)");'), loader: "js" };
    });
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
  plugins: [fromWheels(process.argv[2]), leftOut, unthrown],
  logLevel: "warning",
});

/**
 * bqplot is one function of 0.8 MB. In parentheses V8 compiles it while the script still loads, beside the main thread;
 * esbuild takes them for superfluous, so they are put back into what it made.
 */
function compiledAhead(script) {
  const largest = /(?<=[{,]25:)(\([\w$]+,[\w$]+,[\w$]+\)=>\{.*?\})(?=,259:\()/gs;
  const found = script.match(largest) ?? [];
  if (found.length !== 1 || found[0].length < 500_000) throw new Error("bqplot's largest function is another one now.");
  return script.replace(largest, "($1)");
}

const built = join(here, "built");
mkdirSync(built, { recursive: true });
const manifest = {};
for (const { path, text } of made.outputFiles) {
  const kind = path.endsWith(".css") ? "css" : "js";
  const contents = Buffer.from(kind === "js" ? compiledAhead(text) : text);
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
