#!/usr/bin/env bash
# A small cell on this machine without containers: broker, job manager, two task managers and the job as plain
# processes on the loopback interface, assembled from the Maven build.
set -euo pipefail
home="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
lib="$home/jobs/target/lib"
state="$home/jobs/target/local-cluster"
free_ports=false
otlp=""
java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
small=(-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto)
# As in Flink's image, where it is installed: glibc zeroes page by page what an H.264 stream begins with.
allocator=()
for library in "/usr/lib/$(uname -m)-linux-gnu/libjemalloc.so.2" /usr/lib64/libjemalloc.so.2; do
  [ ! -f "$library" ] || allocator=(env "LD_PRELOAD=$library")
done
read -ra opened <<< "$(sed -n 's/^env.java.opts.all: //p' "$home/docker/conf/flink.yaml")"
task_managers=2
slots=2
parallelism=2
partitions=12
settings=()
relayed=()

usage() {
  cat << TEXT
usage: docker/local-cluster.sh [OPTION ...] COMMAND
  up [JOB OPTION ...]  start everything and wait until every subtask of the job runs;
                       job options as in docs/options.md, for example --pack probe; a task manager has
                       40 seats, which suits that pack, unless --seats says otherwise
  status               what runs, where, with how much memory, and the state of the job
  kill-tm [N]          kill one task manager (the first that runs, or N) with SIGKILL
  upgrade [JOB OPTION ...]  stop the job with a savepoint and start it from there with these options: the sessions go on
  stop-tm [N]          take a checkpoint (docker/drain.sh), then end one task manager as a node drain does
  prometheus           start Prometheus, where it is installed, on this cluster's metrics with docker/prometheus/rules.yaml
  kill NAME            kill a process (broker, jobmanager, taskmanager-N) with SIGKILL
  pause NAME           stop a process with SIGSTOP, so that it holds its connections and does nothing
  resume NAME          let it go on with SIGCONT
  fill-disk            job manager and task managers can write no byte to a file, as on a full disk (needs prlimit)
  empty-disk           they can again
  start NAME           start a process again that "up" had started
  renew                end job manager and task managers and start them again from the build of this script
  submit [JOB OPTION ...]  start the job, for example again behind the loss of the job manager
  down                 stop what "up" started and nothing else; the logs stay
--state DIR     folder for logs, topics and checkpoints (default: jobs/target/local-cluster)
--task-managers N   how many "up" starts, 2 slots each (default: 2)
--parallelism N     of the job (default: 2)
--flink KEY=VALUE   a setting of Flink that differs from docker/conf/flink.yaml; may be repeated
--relayed PORT:PORT  the broker listens on one more port and says that it is the other, for something between them
--otlp URL      "up" sends metrics and spans to this OTLP endpoint (gRPC), for example http://127.0.0.1:4317
--free-ports    take random free ports instead of 8081 (REST), 9092 (Kafka) and 9249, 9250, 9251 (metrics)
TEXT
}

fail() {
  echo "local-cluster: $1" >&2
  exit 1
}

# The start time tells a process from a later one that was given the same number.
started_at() {
  local fields
  { fields="$(< "/proc/$1/stat")"; } 2> /dev/null || return 1
  fields="${fields##*) }"
  set -- $fields
  [ "$1" != Z ] && echo "${20}"
}

runs() {
  local pid start
  [ -f "$state/pids/$1" ] && read -r pid start < "$state/pids/$1" && [ "$(started_at "$pid")" = "$start" ]
}

pid_of() {
  cut -d' ' -f1 "$state/pids/$1"
}

names() {
  [ ! -d "$state/pids" ] || ls "$state/pids"
}

address() {
  sed -n "s/^$1=//p" "$state/addresses"
}

taken=" "
port() {
  local candidate="$1"
  while [ "$free_ports" = true ] || [[ "$taken" == *" $candidate "* ]] \
    || (exec 3<> "/dev/tcp/127.0.0.1/$candidate") 2> /dev/null; do
    candidate=$((20000 + RANDOM % 12000))
    [[ "$taken" == *" $candidate "* ]] || (exec 3<> "/dev/tcp/127.0.0.1/$candidate") 2> /dev/null || break
  done
  taken+="$candidate "
  chosen="$candidate"
}

# launch NAME JVM-OPTION... MAIN ARGUMENT...: output goes to NAME.log, process number and start time to pids/NAME.
launch() {
  local name="$1"
  shift
  printf '%q ' "${allocator[@]}" "$java" -cp "$lib/*" -Davatarflow.log.libraries=warn \
    "-Dlog4j2.configurationFile=$home/docker/conf/log4j-console.properties" "$@" > "$state/commands/$name"
  launch_again "$name"
}

launch_again() {
  local name="$1" command
  eval "command=($(< "$state/commands/$name"))"
  setsid "${command[@]}" >> "$state/$name.log" 2>&1 < /dev/null &
  echo "$! $(started_at $!)" > "$state/pids/$name"
}

# wait_for SECONDS WHAT LOG COMMAND...: fails with the end of the log when it does not come true or a process ended.
wait_for() {
  local end=$((SECONDS + $1)) what="$2" log="$3" name
  shift 3
  until "$@"; do
    for name in $(names); do
      runs "$name" || give_up "$name ended while waiting for $what" "$name"
    done
    [ "$SECONDS" -lt "$end" ] || give_up "waited in vain for $what" "$log"
    sleep 0.3
  done
}

give_up() {
  tail -n 15 "$state/$2.log" >&2
  stop_all
  fail "$1; its log is $state/$2.log."
}

broker_ready() {
  grep -q '^ready ' "$state/broker.log"
}

rest() {
  curl -s -m 5 "http://$(address rest)$1"
}

slots_ready() {
  [[ "$(rest /overview)" == *"\"slots-total\":$((task_managers * slots)),"* ]]
}

# "RUNNING" of a job comes before its subtasks run: no subtask may be in any other state.
job_runs() {
  local job tasks
  job="$(rest "/jobs/$(address job)")" || return 1
  [[ "$job" == *'"state":"RUNNING"'* ]] && tasks="$(grep -o '"tasks":{[^}]*}' <<< "$job")" || return 1
  tasks="$(sed -e 's/"RUNNING":[0-9]*//' <<< "$tasks")"
  [[ ! "$tasks" =~ :[1-9] ]]
}

# job_listed BEFORE: another job than the one before is listed; a job manager that is busy may not answer at once.
job_listed() {
  local id
  id="$(rest /jobs | grep -o '[0-9a-f]\{32\}' | grep -v -x "${1:-none}" | head -n 1)" || return 1
  [ -n "$id" ] || return 1
  sed -i '/^job=/d' "$state/addresses"
  echo "job=$id" >> "$state/addresses"
}

job_runs_or_failed() {
  job_runs || [[ "$(rest "/jobs/$(address job)")" == *'"state":"FAILED"'* ]]
}

# The innermost cause of the failure, without its stack.
job_failure() {
  rest "/jobs/$(address job)/exceptions" | grep -o 'Caused by: [^\\"]*' | tail -n 1 | sed 's/^Caused by: //'
}

build() {
  ls "$lib"/avatarflow-jobs-*.jar > /dev/null 2>&1 && return
  command -v mvn > /dev/null || fail "there is no build in jobs/target/lib and no Maven; install Maven 3.8 or newer."
  echo "local-cluster: building ..." >&2
  (cd "$home" && mvn -B -ntp -q -DskipTests package) >&2 || fail "the build failed."
}

# The settings of k8s/components/opentelemetry.
export_to_otlp() {
  sed -i -e 's/^metrics.reporters: prom$/metrics.reporters: prom,otel/' "$state/conf/config.yaml"
  cat >> "$state/conf/config.yaml" << TEXT
metrics.reporter.otel.factory.class: org.apache.flink.metrics.otel.OpenTelemetryMetricReporterFactory
metrics.reporter.otel.exporter.endpoint: $otlp
metrics.reporter.otel.service.name: avatarflow
traces.reporters: otel
traces.reporter.otel.factory.class: org.apache.flink.traces.otel.OpenTelemetryTraceReporterFactory
traces.reporter.otel.exporter.endpoint: $otlp
traces.reporter.otel.service.name: avatarflow
TEXT
}

up() {
  local name n kafka_port rest_port rpc_port chosen
  command -v "$java" > /dev/null || fail "no Java found; install a JDK 17 or newer, or point JAVA_HOME at one."
  command -v curl > /dev/null || fail "curl not found; install it, the script asks Flink's REST interface with it."
  for name in $(names); do
    ! runs "$name" || fail "$name runs already in $state; use \"down\" first."
  done
  build
  [ -f "$state/addresses" ] || [ -z "$(ls -A "$state" 2> /dev/null)" ] \
    || fail "$state is not empty and was not made by this script; give an empty folder."
  rm -rf "$state"
  mkdir -p "$state"/{pids,commands,conf,kafka,checkpoints,tmp}
  port 9092 && kafka_port="$chosen"
  port 8081 && rest_port="$chosen"
  port 6123 && rpc_port="$chosen"
  printf 'bootstrap=%s\nrest=%s\n' "127.0.0.1:$kafka_port" "127.0.0.1:$rest_port" > "$state/addresses"
  sed -e '/^$/d' "$home/docker/conf/flink.yaml" - > "$state/conf/config.yaml" << TEXT
jobmanager.rpc.address: 127.0.0.1
jobmanager.rpc.port: $rpc_port
jobmanager.bind-host: 127.0.0.1
taskmanager.host: 127.0.0.1
taskmanager.bind-host: 127.0.0.1
rest.address: 127.0.0.1
rest.bind-address: 127.0.0.1
rest.port: $rest_port
rest.bind-port: $rest_port
blob.server.port: 0
io.tmp.dirs: $state/tmp
execution.checkpointing.dir: file://$state/checkpoints
execution.checkpointing.savepoint-dir: file://$state/savepoints
execution.checkpointing.externalized-checkpoint-retention: RETAIN_ON_CANCELLATION
TEXT
  [ -z "$otlp" ] || export_to_otlp

  launch broker -Xmx256m "${small[@]}" io.avatarflow.jobs.local.BrokerMain \
    "$state/kafka" "$kafka_port" "$partitions" "${relayed[@]}"
  # A laptop shares its cores: a busy minute must not look like the loss of a process. A killed one is noticed by its
  # closed connection, whatever this says.
  local patient=(-Dheartbeat.timeout=20s "${settings[@]/#/-D}")
  port 9249
  echo "metrics=127.0.0.1:$chosen" >> "$state/addresses"
  launch jobmanager -Xmx384m "${small[@]}" "${opened[@]}" \
    org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint \
    --configDir "$state/conf" "${patient[@]}" "-Dmetrics.reporter.prom.port=$chosen"
  for n in $(seq "$task_managers"); do
    port $((9249 + n))
    echo "metrics=127.0.0.1:$chosen" >> "$state/addresses"
    # Flink's own scripts derive these from taskmanager.memory.process.size; a task manager that is started by hand
    # needs them one by one.
    # The second compiler would take a third of a small machine for minutes, just when sessions are taken over; models
    # and codecs are native code.
    # Blocks live for a moment: a large young generation that is there from the start keeps them out of the old one, whose
    # collections halt all sessions.
    launch "taskmanager-$n" -Xms512m -Xmx512m -Xmn256m -XX:SurvivorRatio=4 -XX:MaxDirectMemorySize=512m \
      "${small[@]}" -XX:+ExitOnOutOfMemoryError -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 -Djava.awt.headless=true "${opened[@]}" \
      org.apache.flink.runtime.taskexecutor.TaskManagerRunner --configDir "$state/conf" "${patient[@]}" \
      "-Dmetrics.reporter.prom.port=$chosen" "-Dtaskmanager.resource-id=taskmanager-$n" \
      -Dtaskmanager.cpu.cores=1 -Dtaskmanager.numberOfTaskSlots=$slots \
      -Dtaskmanager.memory.framework.heap.size=128m -Dtaskmanager.memory.task.heap.size=384m \
      -Dtaskmanager.memory.framework.off-heap.size=128m -Dtaskmanager.memory.task.off-heap.size=320m \
      -Dtaskmanager.memory.network.min=64m -Dtaskmanager.memory.network.max=64m \
      -Dtaskmanager.memory.jvm-overhead.min=192m -Dtaskmanager.memory.jvm-overhead.max=192m
  done
  wait_for 120 "the broker" broker broker_ready
  wait_for 180 "the task managers" jobmanager slots_ready

  submit "$@" || {
    stop_all
    fail "$refusal"
  }
  status
}

# submit JOB-OPTION...: starts the job and waits for its subtasks; says in "refusal" why it could not.
submit() {
  local before
  "$java" -cp "$lib/*" -Xmx256m "${small[@]}" "${opened[@]}" -Davatarflow.log.level=info io.avatarflow.jobs.AvatarJob \
    --bootstrap "$(address bootstrap)" --parallelism "$parallelism" --start-from earliest \
    --seats 40 --seats.topic avatar.seats \
    --flink.execution.target remote --flink.rest.address 127.0.0.1 --flink.rest.port "$(address rest | cut -d: -f2)" "$@" \
    > "$state/job.log" 2>&1 || {
    refusal="$(sed -n 's/^.*StartException: /the job was not started: /p' "$state/job.log" | tail -n 1)"
    [ -n "$refusal" ] || give_up "the job could not be submitted" job
    return 1
  }
  before="$(address job)"
  wait_for 60 "the job in the job manager's list" jobmanager job_listed "$before"
  wait_for 180 "the subtasks of the job" jobmanager job_runs_or_failed
  job_runs || {
    refusal="the job failed: $(job_failure || echo unknown) (logs are in $state)"
    return 1
  }
}

# ended ID: the savepoint that was asked for is complete, or it is not to be had.
ended() {
  rest "/jobs/$(address job)/savepoints/$1" | grep -q '"id":"COMPLETED"'
}

upgrade() {
  local request location
  job_runs || fail "the job does not run with all its subtasks; there is nothing to upgrade."
  request="$(curl -s -m 10 -X POST -H 'Content-Type: application/json' \
    -d "{\"drain\":false,\"targetDirectory\":\"file://$state/savepoints\"}" \
    "http://$(address rest)/jobs/$(address job)/stop" | grep -o '"request-id":"[0-9a-f]*"' | cut -d'"' -f4)"
  [ -n "$request" ] || fail "the job took no savepoint."
  # A killed task manager is not missed here, so nothing but the savepoint is waited for.
  local end=$((SECONDS + 120))
  until ended "$request"; do
    [ "$SECONDS" -lt "$end" ] || fail "no savepoint was completed in 120 s."
    sleep 0.3
  done
  location="$(rest "/jobs/$(address job)/savepoints/$request" | grep -o '"location":"[^"]*"' | cut -d'"' -f4)"
  [ -n "$location" ] || fail "the savepoint failed; see $state/jobmanager.log."
  echo "  savepoint $location"
  submit --flink.execution.state-recovery.path "$location" "$@" || fail "$refusal"
  status
}

status() {
  local name pid
  [ -f "$state/addresses" ] || fail "there is no cluster in $state; start one with \"up\"."
  sed 's/^/  /' "$state/addresses"
  for name in $(names); do
    if runs "$name"; then
      pid="$(pid_of "$name")"
      printf '  %-14s runs, process %s, %s MB\n' "$name" "$pid" \
        "$(($(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status") / 1024))"
    else
      printf '  %-14s does not run\n' "$name"
    fi
  done
  if job_runs; then
    echo "  the job runs with all its subtasks"
  else
    echo "  the job does not run with all its subtasks"
    return 3
  fi
}

# signal WORD SIGNAL NAME
signal() {
  runs "$3" || fail "no process \"$3\" runs in $state; \"status\" lists them."
  kill "-$2" "$(pid_of "$3")"
  echo "  $1 $3"
}

# file_limit LIMIT: of the bytes that the processes of Flink may write to a file.
file_limit() {
  local name
  command -v prlimit > /dev/null || fail "prlimit not found; it is part of util-linux."
  for name in $(names); do
    case "$name" in
      jobmanager | taskmanager-*) ! runs "$name" || prlimit --pid "$(pid_of "$name")" "--fsize=$1:unlimited" ;;
    esac
  done
}

start() {
  [ -f "$state/commands/${1:-}" ] || fail "\"${1:-}\" was never started in $state; \"status\" lists what was."
  ! runs "$1" || fail "$1 runs already."
  launch_again "$1"
  echo "  started $1"
}

# The commands name the build that "up" had: its jars and its logging.
renew() {
  local name
  for name in $(names); do
    case "$name" in
      jobmanager | taskmanager-*)
        ! runs "$name" || kill -KILL "$(pid_of "$name")"
        sed -i -e "s#[^ ]*/jobs/target/lib/#$lib/#g" -e "s#=[^ ]*/docker/conf/#=$home/docker/conf/#g" "$state/commands/$name"
        launch_again "$name"
        ;;
    esac
  done
  echo "  job manager and task managers run from $lib"
}

# end_tm SIGNAL WORD [N]
end_tm() {
  local n
  for n in ${3:-$(seq "$task_managers")}; do
    if runs "taskmanager-$n"; then
      kill "-$1" "$(pid_of "taskmanager-$n")"
      echo "  $2 taskmanager-$n"
      return
    fi
  done
  fail "no such task manager runs in $state."
}

stop_tm() {
  bash "$home/docker/drain.sh" "$(address rest)"
  end_tm TERM stopped "$@"
}

prometheus_ready() {
  curl -s -m 5 "http://$(address prometheus)/-/ready" > /dev/null
}

start_prometheus() {
  local chosen end
  command -v prometheus > /dev/null || fail "prometheus is not installed; in Debian it is the package prometheus."
  [ -f "$state/addresses" ] || fail "there is no cluster in $state; start one with \"up\"."
  ! runs prometheus || fail "prometheus runs already in $state."
  port 9090
  sed -i '/^prometheus=/d' "$state/addresses"
  echo "prometheus=127.0.0.1:$chosen" >> "$state/addresses"
  cat > "$state/conf/prometheus.yml" << TEXT
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: ["$home/docker/prometheus/rules.yaml"]
scrape_configs:
  - job_name: flink
    static_configs:
      - targets: [$(sed -n 's/^metrics=//p' "$state/addresses" | paste -sd,)]
        labels: {cell: local}
TEXT
  setsid prometheus "--config.file=$state/conf/prometheus.yml" "--storage.tsdb.path=$state/prometheus" \
    "--web.listen-address=$(address prometheus)" > "$state/prometheus.log" 2>&1 < /dev/null &
  echo "$! $(started_at $!)" > "$state/pids/prometheus"
  end=$((SECONDS + 60))
  until prometheus_ready; do
    if ! runs prometheus || [ "$SECONDS" -ge "$end" ]; then
      tail -n 5 "$state/prometheus.log" >&2
      fail "Prometheus did not start; its log is $state/prometheus.log."
    fi
    sleep 0.3
  done
  echo "  prometheus=$(address prometheus)"
}

stop_all() {
  local name end
  for name in $(names | sort -r); do
    # One that is paused would not hear of it.
    ! runs "$name" || { kill "$(pid_of "$name")" && kill -CONT "$(pid_of "$name")"; }
  done
  end=$((SECONDS + 20))
  for name in $(names); do
    while runs "$name" && [ "$SECONDS" -lt "$end" ]; do
      sleep 0.2
    done
    ! runs "$name" || kill -KILL "$(pid_of "$name")"
    rm "$state/pids/$name"
  done
}

while [ $# -gt 0 ]; do
  case "$1" in
    --state)
      [ $# -gt 1 ] || fail "--state needs a folder."
      state="$(mkdir -p "$2" && cd "$2" && pwd)"
      shift 2
      ;;
    --task-managers | --parallelism)
      [[ "${2:-}" =~ ^[1-9][0-9]?$ ]] || fail "$1 is \"${2:-}\"; give a number from 1 to 99."
      if [ "$1" = --parallelism ]; then parallelism="$2"; else task_managers="$2"; fi
      shift 2
      ;;
    --flink)
      [[ "${2:-}" == *=* ]] || fail "--flink is \"${2:-}\"; give KEY=VALUE."
      settings+=("$2")
      shift 2
      ;;
    --relayed)
      [[ "${2:-}" =~ ^([0-9]+):([0-9]+)$ ]] || fail "--relayed is \"${2:-}\"; give PORT:PORT."
      relayed=("${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}")
      shift 2
      ;;
    --free-ports)
      free_ports=true
      shift
      ;;
    --otlp)
      [ $# -gt 1 ] || fail "--otlp needs a URL."
      otlp="$2"
      shift 2
      ;;
    *) break ;;
  esac
done
command="${1:-}"
[ $# -eq 0 ] || shift
case "$command" in
  up) up "$@" ;;
  status) status ;;
  kill-tm) end_tm KILL killed "$@" ;;
  upgrade) upgrade "$@" ;;
  stop-tm) stop_tm "$@" ;;
  renew) renew ;;
  kill) signal killed KILL "${1:-}" ;;
  pause) signal paused STOP "${1:-}" ;;
  resume) signal resumed CONT "${1:-}" ;;
  fill-disk) file_limit 0 ;;
  empty-disk) file_limit unlimited ;;
  start) start "$@" ;;
  submit) submit "$@" || fail "$refusal" ;;
  prometheus) start_prometheus ;;
  down) stop_all ;;
  *)
    usage >&2
    exit 2
    ;;
esac
