#!/usr/bin/env bash
# evaluation.sh DATA [MOE2]: trains and evaluates the gate on real outcomes and writes docs/evaluation: plots, tables, one page.
# DATA is a folder with the outcomes (docs/GATING.md says where they come from); MOE2 a release build of moe2, built if missing.
# RETRAIN=no leaves out the 2 x 255 gates that are trained for one subset alone, which take most of the time.
set -euo pipefail
cd "$(dirname "$0")/../.."

data=${1:?usage: make evaluation DATA=FOLDER}
moe2=${2:-}
if [ -z "$moe2" ]; then
    swift build -c release --static-swift-stdlib --product moe2
    moe2=$(swift build -c release --static-swift-stdlib --show-bin-path)/moe2
fi
[ -x .venv-evaluation/bin/python ] || python3 -m venv .venv-evaluation
.venv-evaluation/bin/pip install -q matplotlib==3.11.2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=docs/evaluation
mkdir -p "$out"

edge8=Qwen-1_8B,Yi-6B,Qwen-7B,Mistral-7B-v0.1,internlm-7b,deepseek-llm-7b-base,Llama-2-13b-hf,Qwen-14B
pro8=Phi-3-mini-4k-instruct,Mistral-7B-Instruct-v0.2,Qwen1.5-7B-Chat,mathstral-7B,gemma-7b,Meta-Llama-3-8B,Meta-Llama-3_1-8B,Meta-Llama-3_1-8B-Instruct

train() { # name, options: trains a gate and notes the CPU seconds it took
    local name=$1 TIMEFORMAT=%U
    shift
    { time "$moe2" train "$@" --out "$work/$name.moe2" >"$work/$name.train"; } 2>"$work/$name.seconds"
}

pool() { # name, set, outcomes, pool: trains and evaluates an 8-expert pool with budgets and all subsets
    local files=(--prompts "$data/$2_prompts.jsonl.gz" --outcomes "$data/$3")
    python3 Benchmarks/gating/costs.py "$data" "$2" "$4" "$out/$1_costs.json"
    train "$1" "${files[@]}" --pool "$4"
    local retrain=(--retrain train)
    [ "${RETRAIN:-}" = no ] && retrain=()
    "$moe2" evaluate --gate "$work/$1.moe2" "${files[@]}" --budgets "$out/$1_costs.json" "${retrain[@]}" --json \
        >"$work/$1.json"
}

all() { # name, set, outcomes: trains and evaluates all 25 experts
    local files=(--prompts "$data/$2_prompts.jsonl.gz" --outcomes "$data/$3")
    train "$1" "${files[@]}"
    "$moe2" evaluate --gate "$work/$1.moe2" "${files[@]}" --json >"$work/$1.json"
}

pool mmlu mmlu mmlu_logits.csv.gz "$edge8" &
first=$!
pool mmlupro mmlupro mmlupro_outcomes.csv.gz "$pro8"
wait "$first"
all mmlu25 mmlu mmlu_logits.csv.gz
all mmlupro25 mmlupro mmlupro_outcomes.csv.gz
.venv-evaluation/bin/python Benchmarks/gating/figures.py "$work" "$out"
echo "wrote $out"
