"""Writes the budget file of a pool (names, or "all" of a set) on a mixed fleet of Jetson AGX Orin 64GB and RTX 4090 24GB hosts.

Placement: experts alternate between the two devices in order of size, so that both carry small and large ones; what does
not fit a 4090 (INT4 weights above 20 GB) goes to the Orin. All experts run 4-bit weights.

Times: decoding on the Orin from models.csv (est_orin_int4_tok_s), on the 4090 from the measured 4-bit rates of
device_cost.csv, scaled with 1/parameters; reading the prompt at the device's measured rates (Orin: FP16 rows with at least
256 tokens), scaled alike. Energies: time times power. Power of the Orin: measured FP16 decode power, J/token times tokens/s
of models.csv (no INT4 energy measurement exists); of the 4090: the mean of the 4090D's FP16 rows (trust: low). All of them
are estimates that set a scale. Tokens: for MMLU one letter after a prompt of the set's mean length; for MMLU-Pro the mean
length of the expert's own chains of thought, characters / 4.
"""

import csv
import gzip
import json
import math
import statistics
import sys

CHARACTERS_PER_TOKEN = 4
DEMONSTRATIONS = 5  # the sets were answered 5-shot: the prompt is about six questions long
LEVELS = 8  # budget levels of each kind
SHORTEST_PREFILL = 256  # tokens; shorter prompts measure the engine's overhead


def rows(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def main(data, name, pool, out):
    models = {row["model"]: row for row in rows(f"{data}/models.csv") if row["set"] == name}
    pool = list(models) if pool == "all" else pool.split(",")
    device = list(rows(f"{data}/device_cost.csv"))

    def mean(label, quant, phase, field, scale):
        values = [
            scale(float(row[field]), float(row["params_b"]))
            for row in device
            if row["device"].startswith(label) and row["quant"] in quant and row["phase"] == phase and row[field]
            and row["concurrency"] == "1" and not (phase == "prefill" and float(row["in_tokens"] or 0) < SHORTEST_PREFILL)
        ]
        if not values:
            sys.exit(f"costs: device_cost.csv has no {field} of {label} {quant} {phase}")
        return statistics.mean(values)

    # Work per billion parameters: decode is bound by memory bandwidth, so rate times size is constant.
    rate_4090 = mean("RTX 4090 ", ("Q4_K_M", "Q4_0"), "decode", "tok_per_s", lambda v, p: v * p)
    prefill_4090 = mean("RTX 4090 ", ("Q4_K_M", "Q4_0"), "prefill", "tok_per_s", lambda v, p: v * p)
    watts_4090 = mean("RTX 4090D", ("FP16",), "decode", "power_w", lambda v, p: v)
    prefill_orin = mean("Jetson AGX Orin 64GB", ("FP16",), "prefill", "tok_per_s", lambda v, p: v * p)

    prompts = f"{data}/{name}_prompts.jsonl.gz"
    with gzip.open(prompts, "rt", encoding="utf-8") as file:
        texts = [json.loads(line) for line in file]
    question = statistics.mean(
        len(p["question"]) + sum(map(len, p.get("choices") or p["options"])) for p in texts if p["split"] == "train"
    )
    prompt_tokens = (DEMONSTRATIONS + 1) * question / CHARACTERS_PER_TOKEN
    if name == "mmlupro":
        train = {p["id"] for p in texts if p["split"] == "train"}
        lengths = {model: [] for model in pool}
        for row in rows(f"{data}/mmlupro_outcomes.csv.gz"):
            if row["model"] in lengths and row["id"] in train and row["out_chars"]:
                lengths[row["model"]].append(int(row["out_chars"]))
        tokens = {model: statistics.mean(values) / CHARACTERS_PER_TOKEN for model, values in lengths.items()}
    else:
        tokens = {model: 1.0 for model in pool}

    costs = {}
    for place, model in enumerate(sorted(pool, key=lambda m: float(models[m]["params_b"]))):
        size = float(models[model]["active_params_b"])
        if place % 2 == 0 or float(models[model]["params_b"]) > 40:
            host = "orin"
            rate = float(models[model]["est_orin_int4_tok_s"])
            watts = float(models[model]["est_orin_fp16_j_per_tok"]) * float(models[model]["est_orin_fp16_tok_s"])
            prefill = prefill_orin / size
        else:
            host = "rtx4090"
            rate = rate_4090 / size
            watts = watts_4090
            prefill = prefill_4090 / size
        seconds = prompt_tokens / prefill + tokens[model] / rate
        costs[model] = {"energy_j": round(watts * seconds, 3), "latency_ms": round(1e3 * seconds, 2), "host": host}

    energies = sorted(cost["energy_j"] for cost in costs.values())
    latencies = sorted(cost["latency_ms"] for cost in costs.values())

    def spread(low, high, count):
        return [low * (high / low) ** (i / (count - 1)) for i in range(count)]

    levels = [
        {"name": f"energy {value:.3g} J", "energy_j": value}
        for value in spread(energies[0] * 1.001, sum(energies) * 1.001, LEVELS)
    ]
    # What the budget must be for one more expert; of a large pool for every few more.
    places = sorted({round(place) for place in (i * (len(latencies) - 1) / (LEVELS - 1) for i in range(LEVELS))})
    levels += [{"name": f"latency {math.ceil(latencies[i])} ms", "latency_ms": latencies[i] * 1.001} for i in places]
    with open(out, "w", encoding="utf-8") as file:
        json.dump({"costs": costs, "levels": levels}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
