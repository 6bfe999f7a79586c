// Bundles css/site.css, its fonts and js/site.js into build/, the only folder that is served, and copies img/ and the fonts of
// the documents (mesoclinic/core/documents.py) beside them.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
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

/** The tokens of :root that have one value everywhere, written out where they are used: shorter, and one step less for the browser. */
function withTokensWrittenOut(css) {
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
  const written = (text) => text.replace(/var\((--[\w-]+)\)/g, (asked, name) => tokens.has(name) ? written(tokens.get(name)) : asked);
  return written(rest);
}

const target = ["chrome120", "firefox120", "safari16"];
await build({
  absWorkingDir: here,
  // The pair of photographs is only for their pages, idle-lock for whoever is signed in, the badges for who has some in the menu.
  entryPoints: ["js/site.js", "js/idle-lock.js", "css/site.css", "js/badges.js", "js/photographs.js", "css/photographs.css"],
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
const { code } = await transform(withTokensWrittenOut(readFileSync(sheet, "utf8")), { loader: "css", minify: true, target });
writeFileSync(sheet, code);
rmSync(path.join(out, "img"), { recursive: true, force: true });
if (existsSync(path.join(here, "img"))) {
  cpSync(path.join(here, "img"), path.join(out, "img"), { recursive: true });
}

// The Open Font License wants to stand beside the font.
cpSync(path.join(here, "node_modules/@fontsource-variable/inter/LICENSE"), path.join(out, "inter-LICENSE"));

const fonts = path.join(out, "fonts");
rmSync(fonts, { recursive: true, force: true });
mkdirSync(fonts);
for (const [family, name] of [
  ["noto-sans", "NotoSans"],
  ["noto-sans-arabic", "NotoSansArabic"],
  ["noto-sans-hebrew", "NotoSansHebrew"],
]) {
  for (const weight of ["400Regular", "700Bold"]) {
    const file = `${name}_${weight}.ttf`;
    cpSync(path.join(here, "node_modules/@expo-google-fonts", family, weight, file), path.join(fonts, file));
  }
}
