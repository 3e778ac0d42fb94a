#!/usr/bin/env bash
# Healthy is a Flink process that answers with its metrics: health.sh [PORT]. Needs nothing but bash.
set -euo pipefail
exec 3<> "/dev/tcp/127.0.0.1/${1:-9249}"
printf 'GET /metrics HTTP/1.0\r\n\r\n' >&3
while IFS= read -r -t 4 line <&3; do
  case "$line" in flink_*) exit 0 ;; esac
done
echo "health: port ${1:-9249} answers without metrics of Flink." >&2
exit 1
