// Bundles css/site.css, its fonts and js/site.js into build/, the only folder that is served, and copies img/ and the fonts of
// the documents (mesoclinic/core/documents.py) beside them.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import { PurgeCSS } from "purgecss";
import { compile } from "sass";
import { ATTRIBUTES, CLASSES, ELEMENTS, NEVER } from "./bootstrap-used.mjs";

const here = import.meta.dirname;
const out = path.join(here, "build");

// `import "./clinic/*.js"` takes every script of the folder, by name: a new one needs no list.
const everyScriptOfAFolder = {
  name: "every-script-of-a-folder",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/\*\.js$/ }, ({ path: asked, resolveDir }) => ({
      path: path.join(resolveDir, path.dirname(asked)),
      namespace: "folder",
    }));
    onLoad({ filter: /./, namespace: "folder" }, ({ path: folder }) => {
      const scripts = existsSync(folder)
        ? readdirSync(folder).filter((name) => name.endsWith(".js")).sort()
        : [];
      const contents = scripts.map((name) => `import "./${name}";`).join("\n");
      return { contents, resolveDir: folder };
    });
  },
};

/** Bootstrap's rules for what is named in bootstrap-used.mjs, and no other. */
async function used(css) {
  const [{ css: kept }] = await new PurgeCSS().purge({
    css: [{ raw: css }],
    content: [{ raw: [...CLASSES, ...ELEMENTS, ...ATTRIBUTES].join(" "), extension: "txt" }],
    defaultExtractor: (text) => text.split(" "),
    blocklist: NEVER,
  });
  return kept;
}

const sass = {
  name: "sass",
  setup({ onLoad }) {
    onLoad({ filter: /\.scss$/ }, async ({ path: file }) => {
      const { css } = compile(file, {
        loadPaths: [path.join(here, "node_modules")],
        quietDeps: true,
        // Bootstrap 5 is written in the older Sass, and is to be imported so.
        silenceDeprecations: ["import"],
      });
      const contents = path.basename(file) === "bootstrap.scss" ? await used(css) : css;
      return { contents, loader: "css", resolveDir: path.dirname(file) };
    });
  },
};

/** The tokens of :root that have one value everywhere, and the sheet without them. */
function takenTokens(css) {
  const names = [...css.matchAll(/(--[\w-]+)\s*:/g)].map(([, name]) => name);
  const once = new Set(names.filter((name) => names.indexOf(name) === names.lastIndexOf(name)));
  const tokens = new Map();
  const rest = css.replace(/:root\s*\{([^{}]*)\}/g, (root, declarations) => {
    const kept = declarations.split(";").filter((declaration) => {
      const [, name, value] = declaration.match(/^\s*(--[\w-]+)\s*:\s*(.*?)\s*$/s) ?? [];
      if (once.has(name)) tokens.set(name, value);
      return !once.has(name);
    });
    return `:root{${kept.join(";")}}`;
  });
  return { tokens, rest };
}

/** Each token written out where it is used: shorter, and one step less for the browser. */
function withTokensWrittenOut(css, tokens) {
  const written = (text) => text.replace(/var\((--[\w-]+)\)/g, (asked, name) => tokens.has(name) ? written(tokens.get(name)) : asked);
  return written(css);
}

// Sheets for some pages only, with the tokens of site.css.
const pages = ["photographs.css", "insights.css", "outcomes.css", "record.css"];
const target = ["chrome120", "firefox120", "safari16"];
await build({
  absWorkingDir: here,
  // patient.css is all that a patient's page by link loads, and signature.js where one signs. The pair of photographs, the counting of hairs, the plots and what is printed are only for their pages, idle-lock for whoever is signed in, the badges for who has some in the menu.
  entryPoints: ["js/site.js", "js/idle-lock.js", "css/site.css", "js/badges.js", "js/photographs.js", "js/hair-count.js", "js/signature.js", "js/print.js", "css/patient.css", ...pages.map((name) => `css/${name}`)],
  entryNames: "[name]",
  assetNames: "[name]",
  outdir: out,
  bundle: true,
  minify: true,
  format: "iife",
  target,
  // No source map: the manifest storage of production refuses a file that names one it cannot find.
  sourcemap: false,
  loader: { ".woff2": "file", ".svg": "dataurl" },
  plugins: [everyScriptOfAFolder, sass],
  logLevel: "warning",
}).catch(() => process.exit(1)); // esbuild has said what is wrong
const sheet = path.join(out, "site.css");
const { tokens, rest } = takenTokens(readFileSync(sheet, "utf8"));
const minified = async (css) => (await transform(css, { loader: "css", minify: true, target })).code;
writeFileSync(sheet, await minified(withTokensWrittenOut(rest, tokens)));
for (const page of pages.map((name) => path.join(out, name))) {
  writeFileSync(page, await minified(withTokensWrittenOut(readFileSync(page, "utf8"), tokens)));
}
rmSync(path.join(out, "img"), { recursive: true, force: true });
if (existsSync(path.join(here, "img"))) {
  cpSync(path.join(here, "img"), path.join(out, "img"), { recursive: true });
}

// The Open Font License wants to stand beside the font.
cpSync(path.join(here, "node_modules/@fontsource-variable/inter/LICENSE"), path.join(out, "inter-LICENSE"));

const fonts = path.join(out, "fonts");
rmSync(fonts, { recursive: true, force: true });
mkdirSync(fonts);
const both = ["400Regular", "700Bold"];
// Of the large one, for Chinese and Japanese, one weight: bold is drawn with it too.
for (const [family, name, weights] of [
  ["noto-sans", "NotoSans", both],
  ["noto-sans-arabic", "NotoSansArabic", both],
  ["noto-sans-hebrew", "NotoSansHebrew", both],
  ["noto-sans-thai", "NotoSansThai", both],
  ["noto-sans-sc", "NotoSansSC", ["400Regular"]],
  ["noto-emoji", "NotoEmoji", ["400Regular"]],
]) {
  for (const weight of weights) {
    const file = `${name}_${weight}.ttf`;
    cpSync(path.join(here, "node_modules/@expo-google-fonts", family, weight, file), path.join(fonts, file));
  }
}

// Beside each file the same, compressed: WhiteNoise sends it where the browser takes it, in the demo too.
for (const name of readdirSync(out, { recursive: true })) {
  const file = path.join(out, name);
  if (/\.(css|js|svg)$/.test(file)) writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
}
