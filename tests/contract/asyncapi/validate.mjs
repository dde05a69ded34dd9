// Prints the parser's findings as JSON, one list: node validate.mjs NODE_MODULES FILE
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [modules, file] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${modules}/`));
const { Parser, fromFile } = require("@asyncapi/parser");

const { document, diagnostics } = await fromFile(new Parser(), file).parse();
const findings = diagnostics.map(({ severity, code, message, path }) => ({ severity, code, message, path }));
console.log(JSON.stringify({ parsed: document !== undefined, findings }));
