#!/usr/bin/env bash
# evaluation.sh DATA [MOE2]: trains and evaluates the gate on real outcomes and writes docs/evaluation: plots, tables, one page.
# DATA is a folder with the outcomes (docs/GATING.md says where they come from); MOE2 a release build of moe2, built if missing.
# RETRAIN=no leaves out the 2 x 255 gates that are trained for one subset alone, which take most of the time.
set -euo pipefail
cd "$(dirname "$0")/../.."

data=${1:?usage: make evaluation DATA=FOLDER}
moe2=${2:-}
if [ -z "$moe2" ]; then
    scripts/release.sh moe2
    moe2=$(scripts/release.sh --where)/moe2
fi
[ -x .venv-evaluation/bin/python ] || python3 -m venv .venv-evaluation
.venv-evaluation/bin/pip install -q matplotlib==3.11.2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=docs/evaluation
mkdir -p "$out"

edge8=Qwen-1_8B,Yi-6B,Qwen-7B,Mistral-7B-v0.1,internlm-7b,deepseek-llm-7b-base,Llama-2-13b-hf,Qwen-14B
pro8=Phi-3-mini-4k-instruct,Mistral-7B-Instruct-v0.2,Qwen1.5-7B-Chat,mathstral-7B,gemma-7b,Meta-Llama-3-8B,Meta-Llama-3_1-8B,Meta-Llama-3_1-8B-Instruct

train() { # name, options: trains a gate and notes the CPU and wall seconds it took and the load at its end
    local name=$1 TIMEFORMAT='%U %R'
    shift
    { time "$moe2" train "$@" --out "$work/$name.moe2" >"$work/$name.train"; } 2>"$work/$name.seconds"
    cut -d' ' -f1 /proc/loadavg >>"$work/$name.seconds"
}

pool() { # name, set, outcomes, pool: trains and evaluates an 8-expert pool with budgets and all subsets
    local files=(--prompts "$data/$2_prompts.jsonl.gz" --outcomes "$data/$3")
    train "$1" "${files[@]}" --pool "$4"
    local retrain=(--retrain train)
    [ "${RETRAIN:-}" = no ] && retrain=()
    evaluate "$1" "$2" "$4" "${files[@]}" "${retrain[@]}"
}

all() { # name, set, outcomes: trains and evaluates all 25 experts with budgets
    local files=(--prompts "$data/$2_prompts.jsonl.gz" --outcomes "$data/$3")
    train "$1" "${files[@]}"
    evaluate "$1" "$2" all "${files[@]}"
}

evaluate() { # name, set, pool, options
    local name=$1 set=$2 pool=$3
    shift 3
    python3 Benchmarks/gating/costs.py "$data" "$set" "$pool" "$out/${name}_costs.json"
    "$moe2" evaluate --gate "$work/$name.moe2" --budgets "$out/${name}_costs.json" "$@" --json >"$work/$name.json"
}

(
    all mmlu25 mmlu mmlu_logits.csv.gz
    pool mmlu mmlu mmlu_logits.csv.gz "$edge8"
) &
first=$!
all mmlupro25 mmlupro mmlupro_outcomes.csv.gz
pool mmlupro mmlupro mmlupro_outcomes.csv.gz "$pro8"
wait "$first"
.venv-evaluation/bin/python Benchmarks/gating/figures.py "$work" "$out"
echo "wrote $out"
