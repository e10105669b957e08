#!/usr/bin/env bash
# The gate's image: built for real from the Dockerfile by a Docker engine of its own, without a registry, then run
# read-only and without privileges, asked a question through an agent on this machine, and stopped.
# The program in it is the one that this machine builds; MOE2_DOCKER_PROGRAMS=build builds it in the container, as a plain
# `docker build` does, which takes as long as a release build of everything.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=Tests/Lab/engine.sh
. Tests/Lab/engine.sh

[ "$(id -u)" -eq 0 ] || { echo "docker: starting an engine needs root; SUITES=\"…\" make test runs the other suites" >&2; exit 1; }
passed=0 failed=0
say() { # name, exit status
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
        echo "ok      $1"
    else
        failed=$((failed + 1))
        echo "FAILED  $1"
    fi
}
finish() {
    [ -z "${agent:-}" ] || { kill "$agent" 2>/dev/null && wait "$agent" 2>/dev/null; }
    engine_stop
    [ -z "${work:-}" ] || rm -rf "$work"
}
trap finish EXIT
die() { echo "FAILED  $1"; echo "$passed passed, $((failed + 1)) failed"; exit 1; }

scripts/release.sh moe2-agent >/dev/null || die "build the agent"
programs=${MOE2_DOCKER_PROGRAMS:-prebuilt}
[ "$programs" = build ] || image_program || die "build the image's program"
Experts/setup.sh .venv || die "install a llama.cpp server"
work=$(mktemp -d)
engine_start || die "start the Docker engine"
image_slim || die "make debian:bookworm-slim"
[ "$programs" = prebuilt ] || image_swift || die "make swift:6.3-bookworm"
echo "        programs, engine and base images: $SECONDS s"
[ -e "$engine/gitconfig" ] || : >"$engine/gitconfig"

began=$SECONDS
docker build --progress plain --network host --secret "id=gitconfig,src=$engine/gitconfig" \
    --build-arg "PROGRAMS=$programs" --tag moe2:0.1.0 . >"$work/build.log" 2>&1
status=$?
[ "$status" -eq 0 ] || tail -n 20 "$work/build.log"
say "the image builds ($programs, $((SECONDS - began)) s)" "$status"
[ "$status" -eq 0 ] || die "build the image"
# Where the lab looks for it.
mkdir -p dist
docker save moe2:0.1.0 | gzip -6 >dist/moe2-image.tar.gz
[ ! -e dist/.stamp ] || cp dist/.stamp dist/.image-stamp
size=$(stat -c %s dist/moe2-image.tar.gz)
base=$(docker save debian:bookworm-slim | gzip -6 | wc -c)
echo "        compressed: $((size / 1000000)) MB, of which debian:bookworm-slim $((base / 1000000)) MB"
say "the image is small" "$((size > 60000000))"

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
admin=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir -p "$work/gate" "$work/books"
chown 10001:10001 "$work/books"
chmod 755 "$work" "$work/gate"
cat >"$work/gate/gate.yaml" <<YAML
listen: {address: 127.0.0.1, port: $port}
admin: {address: 127.0.0.1, port: $admin}
store: /var/lib/moe2-gate/books.sqlite
insecure: true
session: {report_interval: 1s}
YAML
docker run --rm moe2:0.1.0 --version | grep -qF 0.1.0
say "the image's gate says its version" $?
docker run --detach --name gate --network host --read-only --tmpfs /tmp --cap-drop ALL \
    --security-opt no-new-privileges --env "MOE2_ADMIN_PORT=$admin" --volume "$work/gate:/etc/moe2:ro" \
    --volume "$work/books:/var/lib/moe2-gate" moe2:0.1.0 >/dev/null
say "it runs read-only and without capabilities" $?
for _ in $(seq 60); do
    [ "$(docker inspect --format '{{.State.Health.Status}}' gate)" = healthy ] && break
    sleep 1
done
[ "$(docker inspect --format '{{.State.Health.Status}}' gate)" = healthy ]
status=$?
say "it becomes healthy" "$status"
[ "$status" -eq 0 ] || docker logs gate 2>&1 | tail -n 10

cat >"$work/agent.yaml" <<YAML
gate: {addresses: ["tcp://127.0.0.1:$port"]}
insecure: true
host: {id: here}
power: {meter: model, idle: 5W, active: 14W}
experts:
  - id: arith
    backend: llama.cpp
    model: $PWD/Experts/arith.gguf
    threads: 1
    command: ["$PWD/.venv/bin/python3", "$PWD/Experts/serve_llama.py"]
YAML
"$(scripts/release.sh --where)/moe2-agent" --config "$work/agent.yaml" >"$work/agent.log" 2>&1 &
agent=$!
answer=
for _ in $(seq 60); do
    answer=$(docker exec gate moe2 query --gate "tcp://127.0.0.1:$port" --max-tokens 8 "12+30" 2>"$work/query.log") && break
    sleep 1
done
[ -n "$answer" ]
status=$?
say "its client gets an answer from an agent outside of it: '$answer'" "$status"
[ "$status" -eq 0 ] || tail -n 5 "$work/query.log" "$work/agent.log"
[ -s "$work/books/books.sqlite" ]
say "the books are in the volume" $?
kill "$agent" && wait "$agent"
say "the agent ends with 0 on SIGTERM" $?
agent=

began=$SECONDS
docker stop --time 35 gate >/dev/null
[ "$(docker inspect --format '{{.State.ExitCode}}' gate)" = 0 ]
say "docker stop ends it with 0 ($((SECONDS - began)) s)" $?
docker run --rm --network host --volume "$work/none:/etc/moe2:ro" moe2:0.1.0 >"$work/missing.log" 2>&1
[ $? -eq 1 ] && [ "$(wc -l <"$work/missing.log")" -le 2 ] && grep -q gate.yaml "$work/missing.log"
status=$?
say "without a configuration it says so in one line" "$status"
[ "$status" -eq 0 ] || cat "$work/missing.log"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
