#!/usr/bin/env bash
# gate-image.sh FILE: the gate's image with the program that this machine builds, as `docker save` and gzip write it.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=Tests/Lab/engine.sh
. Tests/Lab/engine.sh

trap engine_stop EXIT
image_program
engine_start
image_slim
docker build --quiet --network host --build-arg PROGRAMS=prebuilt --tag moe2:0.1.0 . >/dev/null
docker save moe2:0.1.0 | gzip -6 >"$1"
