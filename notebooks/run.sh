#!/usr/bin/env bash
# Executes the notebooks: notebooks/run.sh [--short] [--keep DIR] [NAME.ipynb ...]. --short takes the small pack and less data.
# The executed notebooks, with their plots, go to DIR (default: jobs/target/notebooks); those in the repository keep no output.
set -euo pipefail
here="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)"
keep="$here/../jobs/target/notebooks"
venv="${AVATARNOTES_VENV:-$here/../jobs/target/notebooks-venv}"
names=()
while [ $# -gt 0 ]; do
  case "$1" in
    --short) export AVATARNOTES_SHORT=1 && shift ;;
    --keep) keep="$2" && shift 2 ;;
    -*) echo "usage: notebooks/run.sh [--short] [--keep DIR] [NAME.ipynb ...]" >&2 && exit 2 ;;
    *) names+=("$1") && shift ;;
  esac
done
[ "${#names[@]}" -gt 0 ] || names=(latency-waterfall.ipynb replay-a-session.ipynb sre-capacity.ipynb)

if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv" 2> /dev/null || { echo "notebooks: not run, python3 cannot make a virtual environment here." && exit 77; }
fi
"$venv/bin/python" -c 'import av, fastavro, ipykernel, matplotlib, nbclient, numpy' 2> /dev/null \
  || timeout 900 "$venv/bin/pip" install -q --retries 1 --timeout 15 -r "$here/requirements.txt" 2> /dev/null \
  || { echo "notebooks: not run, the packages of notebooks/requirements.txt cannot be installed here." && exit 77; }

mkdir -p "$keep"
cd "$here"
PYTHONPATH="$here" "$venv/bin/python" -m avatarnotes.execute "$keep" "${names[@]}"
