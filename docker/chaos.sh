#!/usr/bin/env bash
# Harms a cell of real processes on this machine in every way the engine claims to survive, while sessions talk, and
# prints what viewers noticed: one table a case, and all of them as JSON files in a folder.
set -euo pipefail
home="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
all=(kill stop jobmanager broker disk rescale savepoint poison)
out="$home/jobs/target/chaos"
sessions=24
pack=probe
topology=lanes

usage() {
  cat << TEXT
usage: docker/chaos.sh [--sessions N] [--pack NAME] [--out DIR] [CASE ...]
  CASE           ${all[*]}; all of them when none is given
  --sessions N   how many sessions talk (default: 24)
  --pack NAME    the pack they use (default: probe)
  --topology T   keyed or lanes (default: lanes)
  --out DIR      where CASE.json and the logs of the cell go (default: jobs/target/chaos)
TEXT
}

while [ $# -gt 0 ]; do
  case "$1" in
    --sessions) sessions="$2" && shift 2 ;;
    --pack) pack="$2" && shift 2 ;;
    --topology) topology="$2" && shift 2 ;;
    --out) out="$2" && shift 2 ;;
    -h | --help) usage && exit ;;
    -*) usage >&2 && exit 2 ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || set -- "${all[@]}"
mkdir -p "$out"
failed=()
for name in "$@"; do
  "$home/avatarflow" bench chaos --case "$name" --script "$home/docker/local-cluster.sh" --state "$out/$name-cell" \
    --pack "$pack" --topology "$topology" --sessions "$sessions" --json "$out/$name.json" || failed+=("$name")
done
[ ${#failed[@]} -eq 0 ] || {
  echo "chaos: these cases could not be run to their end: ${failed[*]}; the logs are in $out/CASE-cell." >&2
  exit 1
}
