#!/usr/bin/env bash
# Before a task manager goes: takes a checkpoint, so that what its sessions do again elsewhere is as little as can be.
# drain.sh HOST:PORT [SECONDS], the address of Flink's REST interface. Needs nothing but bash. Kubernetes calls it before
# it stops a pod; whatever goes wrong here is said and must not keep the pod.
set -uo pipefail
rest="${1:?usage: drain.sh HOST:PORT [SECONDS]}"
end=$((SECONDS + ${2:-20}))

# request METHOD PATH [BODY]: the body of the answer.
request() {
  local body="${3:-}" answer
  exec 3<> "/dev/tcp/${rest%:*}/${rest##*:}" || return 1
  printf '%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' \
    "$1" "$2" "$rest" "${#body}" "$body" >&3
  answer="$(timeout 5 cat <&3)"
  exec 3>&-
  printf '%s' "${answer#*$'\r\n\r\n'}"
}

give_up() {
  echo "drain: $1; the sessions go on from the last checkpoint." >&2
  exit 0
}

job="$(request GET /jobs 2> /dev/null | grep -o '"id":"[0-9a-f]\{32\}","status":"RUNNING"' | head -n 1 | cut -d'"' -f4)"
[ -n "$job" ] || give_up "no job runs at $rest"
trigger="$(request POST "/jobs/$job/checkpoints" '{"checkpointType":"CONFIGURED"}' \
  | grep -o '"request-id":"[0-9a-f]*"' | cut -d'"' -f4)"
[ -n "$trigger" ] || give_up "job $job took no checkpoint"
until status="$(request GET "/jobs/$job/checkpoints/$trigger")"; [[ "$status" == *'"COMPLETED"'* ]]; do
  [ "$SECONDS" -lt "$end" ] || give_up "no checkpoint of job $job was completed in time"
  sleep 0.2
done
[[ "$status" != *failure-cause* ]] || give_up "the checkpoint of job $job failed"
echo "drain: job $job has a checkpoint of now."
