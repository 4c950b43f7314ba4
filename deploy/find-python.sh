#!/bin/sh
# Prints the Python (3.11 or newer) to build the environment from. Run by root, it prefers one whose real file every
# user can execute: an analyst's server runs under a user of its own, which can't enter root's home.
good() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || return 1
    [ "$(id -u)" -ne 0 ] || [ -z "$2" ] && return 0
    folder=$(dirname "$("$1" -c 'import os, sys; print(os.path.realpath(sys.executable))')")
    while [ "$folder" != / ]; do
        case $(ls -ldn "$folder") in d????????x*) ;; *) return 1 ;; esac
        folder=$(dirname "$folder")
    done
}
for everyone in yes ""; do
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        for path in $(which -a "$name" 2>/dev/null); do
            if good "$path" "$everyone"; then
                echo "$path"
                exit 0
            fi
        done
    done
done
exit 0
