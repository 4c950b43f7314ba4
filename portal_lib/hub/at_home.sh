#!/bin/sh
# Runs an analyst's server in the analyst's own folder ($HOME), once the notebooks to start from lie there.
#
#   at_home.sh NOTEBOOKS COMMAND …
#
# It runs as the analyst, never as root: whoever owns a folder can lay links in it, and root would follow them.
notebooks=$1
shift
for notebook in "$notebooks"/*.ipynb; do
    own=$HOME/analisi/${notebook##*/}
    if [ ! -e "$own" ]; then
        mkdir -p "$HOME/analisi" && cp "$notebook" "$own"
    fi
done
exec "$@"
