#!/bin/sh
# Runs an analyst's server as root would have it run: under a user id of its own, with no way back to root.
#
#   isolate.sh UID GID [--show PATH …] [--cover FOLDER …] -- COMMAND …
#
# Where the portal lies below a folder that only root can enter (FOLDER), that user could not even read its Python.
# Then, in a mount namespace of this process alone, FOLDER is covered by an empty one in which only each PATH shows.
set -eu
uid=$1 gid=$2
shift 2
show="" cover=""
while [ "$1" != -- ]; do
    case $1 in
        --show) show="$show
$2" ;;
        --cover) cover="$cover
$2" ;;
    esac
    shift 2
done
shift

if [ -n "$cover" ] && [ "${PORTAL_IN_NAMESPACE:-}" != yes ]; then
    echo "isolate.sh: covering needs a mount namespace (unshare --mount)" >&2
    exit 1
fi
if [ -n "$cover" ]; then
    stage=$(mktemp -d)
    mount -t tmpfs -o mode=755 portal "$stage"
    IFS='
'
    umask 022
    for path in $show; do
        if [ -d "$path" ]; then
            mkdir -p "$stage$path"
        else
            mkdir -p "$stage$(dirname "$path")"
            : >"$stage$path"
        fi
        mount --rbind "$path" "$stage$path"
    done
    for folder in $cover; do
        mount --rbind "$stage$folder" "$folder"
    done
    unset IFS
    umount --lazy "$stage" && rmdir "$stage"
fi
unset PORTAL_IN_NAMESPACE
exec setpriv --reuid="$uid" --regid="$gid" --clear-groups --no-new-privs --inh-caps=-all -- "$@"
