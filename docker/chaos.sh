#!/usr/bin/env bash
# Harms a cell of real processes on this machine in every way the engine claims to survive, while sessions talk, and
# prints what viewers noticed: one table a case, then all of them again; each is a JSON file in a folder too, and
# all.json holds all of them.
set -euo pipefail
home="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
cases=(kill stop jobmanager broker disk cut rescale savepoint poison)
out="$home/jobs/target/chaos"
sessions=24
pack=probe
topology=lanes
previous=()
warm_up=

usage() {
  cat << TEXT
usage: docker/chaos.sh [OPTION ...] [CASE ...]
  CASE           ${cases[*]} upgrade;
                 all (also when none is given): these, upgrade where --previous is given, rescale and
                 kill with the keyed topology too, and kill with the reference pack
  --sessions N   how many sessions talk (default: 24)
  --pack NAME    the pack they use (default: probe)
  --topology T   of the job, keyed or lanes (default: lanes)
  --previous DIR  checkout of another build that is built, which "upgrade" begins with
  --warm-up S    seconds of pictures before the harm (default: 100 where seconds are measured, 20 elsewhere)
  --out DIR      where CASE.json and the logs of the cells go (default: jobs/target/chaos)
TEXT
}

while [ $# -gt 0 ]; do
  case "$1" in
    --sessions | --pack | --topology | --previous | --warm-up | --out)
      [ $# -gt 1 ] || { echo "chaos: $1 needs a value; --help lists the options." >&2 && exit 2; }
      ;;&
    --sessions) sessions="$2" && shift 2 ;;
    --pack) pack="$2" && shift 2 ;;
    --topology) topology="$2" && shift 2 ;;
    --previous) previous=(--previous "$2") && shift 2 ;;
    --warm-up) warm_up="$2" && shift 2 ;;
    --out) out="$2" && shift 2 ;;
    -h | --help) usage && exit ;;
    -*) usage >&2 && exit 2 ;;
    *) break ;;
  esac
done
mkdir -p "$out"
tables=()
failed=()

# Compilers take the cores that a recovery needs, for so long.
warm_up_of() {
  case "$1" in
    kill | stop | rescale) echo "${warm_up:-100}" ;;
    *) echo "${warm_up:-20}" ;;
  esac
}

# run NAME CASE TOPOLOGY PACK SESSIONS
run() {
  rm -f "$out/$1.json"
  if "${AVATARFLOW:-$home/avatarflow}" bench chaos --case "$2" --script "$home/docker/local-cluster.sh" --state "$out/$1-cell" \
    --topology "$3" --pack "$4" --sessions "$5" --warm-up "$(warm_up_of "$2")" "${previous[@]}" --json "$out/$1.json"; then
    tables+=("$out/$1.json")
  else
    failed+=("$1")
  fi
}

for name in "${@:-all}"; do
  if [ "$name" = all ]; then
    for each in "${cases[@]}"; do
      run "$each" "$each" "$topology" "$pack" "$sessions"
    done
    [ ${#previous[@]} -eq 0 ] || run upgrade upgrade "$topology" "$pack" "$sessions"
    run keyed-kill kill keyed "$pack" "$sessions"
    run keyed-rescale rescale keyed "$pack" "$sessions"
    run reference-kill kill "$topology" reference 1
  else
    run "$name" "$name" "$topology" "$pack" "$sessions"
  fi
done
if [ ${#tables[@]} -gt 0 ]; then
  {
    echo '['
    for ((i = 0; i < ${#tables[@]}; i++)); do
      [ "$i" -eq 0 ] || echo ','
      cat "${tables[$i]}"
    done
    echo ']'
  } > "$out/all.json"
  printf '\n%-34s %10s  %s\n' measure value unit
  # One measure is four lines of the file, in this order.
  sed -n -e 's/^ *"measure" : "\(.*\)",$/\1/p' -e 's/^ *"value" : \(.*\),$/\1/p' -e 's/^ *"unit" : "\(.*\)",$/\1/p' \
    "${tables[@]}" | paste -d' ' - - - | while read -r measure value unit; do
    # printf would take the quoted word of a figure of nothing for a letter's number.
    [ "$value" = '"NaN"' ] && value=nothing || printf -v value %.2f "$value"
    printf '%-34s %10s  %s\n' "$measure" "$value" "$unit"
  done
fi
[ ${#failed[@]} -eq 0 ] || {
  echo "chaos: these cases could not be run to their end: ${failed[*]}; the logs are in $out/CASE-cell." >&2
  exit 1
}
