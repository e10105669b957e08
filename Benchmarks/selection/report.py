#!/usr/bin/env python3
"""Measures the expert selection in CPU time and writes docs/benchmarks/selection.md: proofs and gaps over families and sizes, events of a
fleet, frontiers, cancellation, memory, real outcomes, and the same instances beside HiGHS and OR-Tools CP-SAT.

The instances that peers get are facility location (T = 0, k = N) under an energy budget of a fifth of what all experts cost: experts
with domain skills on Orin-like and 4090-like hosts (`clustered`), the same with noise (`noisy`), skills without structure (`uniform`),
right-or-wrong scores (`binary`). Scores are integers in thousandths for every solver, so that optima can be compared exactly.
"""
import argparse
import csv
import gzip
import json
import math
import os
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".venv-bench"
PACKAGES = ["highspy==1.16.0", "ortools==9.15.6755", "numpy==2.4.6"]


def in_environment():
    python = ENVIRONMENT / "bin" / "python3"
    if Path(sys.executable) == python:
        return
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES], check=True)
    os.execv(python, [python, *sys.argv])


def instance(family, experts, prompts, seed):
    generator = random.Random(f"{family}-{experts}-{prompts}-{seed}")
    domains = 8
    strength = [generator.gauss(0, 1) for _ in range(experts)]
    skill = [[generator.gauss(0, 1) for _ in range(domains)] for _ in range(experts)]
    rows = []
    for _ in range(prompts):
        domain = generator.randrange(domains)
        row = []
        for expert in range(experts):
            if family == "uniform":
                score = generator.random()
            else:
                noise = 0.35 if family == "clustered" else 1.0
                raw = 0.5 * strength[expert] + skill[expert][domain] + generator.gauss(0, noise)
                score = float(raw > 0.8) if family == "binary" else 1 / (1 + pow(2.718281828, -raw))
            row.append(round(score * 1000))
        rows.append(row)
    energies = [round(1000 * generator.lognormvariate(1.5 if generator.random() < 0.5 else 2.5, 0.5)) for _ in range(experts)]
    return rows, energies, sum(energies) // 5


def write_instance(path, rows, experts, limits, **more):
    path.write_text(json.dumps({"scores": rows, "temperature": 0, "k": len(experts), "experts": experts, "limits": limits, **more}))


def solve_file(program, path):
    return json.loads(subprocess.run([program, "file", path], check=True, capture_output=True, text=True).stdout)


def moe2(program, rows, energies, budget, folder):
    path = Path(folder) / "instance.json"
    experts = [{"id": f"e{index}", "host": f"h{index}", "energy_j": energy / 1000} for index, energy in enumerate(energies)]
    write_instance(path, rows, experts, {"energy_j": budget / 1000})
    answer = solve_file(program, path)
    chosen = [int(name[1:]) for name in answer["set"]]
    value = sum(max(row[expert] for expert in chosen) for row in rows)
    gaps = {deadline: gap for deadline, gap in zip((10, 100, 1000), answer["gaps"]) if gap > 0}
    return {"seconds": answer["cpu_ms"] / 1000, "value": value, "proved": answer["status"] == "optimal", "nodes": answer["nodes"],
            "gaps": gaps, "parse_ms": answer["parse_ms"], "bytes": answer["bytes"]}


def highs(rows, energies, budget, limit):
    """Facility location as it is usually written: y opens an expert, x assigns a prompt to one."""
    import highspy
    import numpy
    experts, prompts = len(energies), len(rows)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("time_limit", float(limit))
    solver.setOptionValue("mip_rel_gap", 0.0)
    columns = experts + experts * prompts
    model = highspy.HighsLp()
    model.num_col_ = columns
    model.num_row_ = 1 + prompts + experts * prompts
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_ = numpy.concatenate([numpy.zeros(experts), numpy.array(rows, float).ravel()])
    model.col_lower_ = numpy.zeros(columns)
    model.col_upper_ = numpy.ones(columns)
    model.row_lower_ = numpy.concatenate([[0.0], numpy.zeros(prompts), numpy.full(experts * prompts, -1.0)])
    model.row_upper_ = numpy.concatenate([[float(budget)], numpy.ones(prompts), numpy.zeros(experts * prompts)])
    start, index, value = [0], list(range(experts)), [float(energy) for energy in energies]
    start.append(len(index))
    for prompt in range(prompts):
        index += range(experts + prompt * experts, experts + (prompt + 1) * experts)
        value += [1.0] * experts
        start.append(len(index))
    for prompt in range(prompts):
        for expert in range(experts):
            index += [expert, experts + prompt * experts + expert]
            value += [-1.0, 1.0]
            start.append(len(index))
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = start, index, value
    model.integrality_ = [highspy.HighsVarType.kInteger] * experts + [highspy.HighsVarType.kContinuous] * (experts * prompts)
    solver.passModel(model)
    began = cpu()
    solver.run()
    info = solver.getInfo()
    found = info.primal_solution_status == 2
    return {"seconds": cpu() - began, "value": round(info.objective_function_value) if found else None,
            "proved": solver.getModelStatus() == highspy.HighsModelStatus.kOptimal, "gap": info.mip_gap if found else None}


def cpsat(rows, energies, budget, limit):
    from ortools.sat.python import cp_model
    model = cp_model.CpModel()
    opened = [model.new_bool_var(f"y{expert}") for expert in range(len(energies))]
    model.add(sum(energy * y for energy, y in zip(energies, opened)) <= budget)
    objective = []
    for row in rows:
        assigned = [model.new_bool_var("") for _ in row]
        model.add_at_most_one(assigned)
        for x, y, score in zip(assigned, opened, row):
            model.add_implication(x, y)
            objective.append(score * x)
    model.maximize(sum(objective))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = limit
    began = cpu()
    status = solver.solve(model)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    value = round(solver.objective_value) if found else None
    gap = (solver.best_objective_bound - value) / max(value, 1) if found else None
    return {"seconds": cpu() - began, "value": value, "proved": status == cp_model.OPTIMAL, "gap": gap}


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def shown(result, ours):
    if result is None:
        return "–"
    if result["proved"]:
        return f"{result['seconds']:.2f} s ({result['seconds'] / ours:,.0f} ×)"
    if result["value"] is None:
        return f"no answer in {result['seconds']:.0f} s"
    return f"gap {result['gap']:.2%} after {result['seconds']:.0f} s"


def bench(program, *words):
    """The rows that a command of selection-bench prints."""
    done = subprocess.run([program, *map(str, words)], check=True, capture_output=True, text=True)
    print(done.stdout, end="", flush=True)
    return done.stdout


def real_instances(data):
    """Outcomes of open models on MMLU and MMLU-Pro, with the estimated costs of an Orin: name, rows, experts."""
    costs = {}
    with open(data / "models.csv", newline="") as file:
        for row in csv.DictReader(file):
            costs[row["set"], row["model"]] = row
    answers = {}
    with gzip.open(data / "mmlu_prompts.jsonl.gz", "rt") as file:
        for line in file:
            prompt = json.loads(line)
            if not prompt["label_ambiguous"]:
                answers[prompt["id"]] = "ABCD".index(prompt["answer"])
    likelihood, right = {}, {}
    with gzip.open(data / "mmlu_logits.csv.gz", "rt", newline="") as file:
        for row in csv.DictReader(file):
            if row["id"] in answers:
                logits = [float(row[f"z{letter}"]) for letter in "ABCD"]
                top = max(logits)
                total = top + math.log(sum(math.exp(value - top) for value in logits))
                likelihood.setdefault(row["id"], {})[row["model"]] = max(logits[answers[row["id"]]] - total, -10)
    with gzip.open(data / "mmlupro_outcomes.csv.gz", "rt", newline="") as file:
        for row in csv.DictReader(file):
            right.setdefault(row["id"], {})[row["model"]] = int(row["correct"])
    for name, table, group in [("MMLU, log-likelihood", likelihood, "mmlu"), ("MMLU-Pro, right or wrong", right, "mmlupro")]:
        models = sorted({model for scores in table.values() for model in scores})
        rows = [[scores[model] for model in models] for scores in table.values() if len(scores) == len(models)]
        experts = [{"id": model, "energy_j": 200 * float(costs[group, model]["est_orin_fp16_j_per_tok"])} for model in models]
        yield name, rows, experts


def real(program, data, folder):
    lines = []
    for name, rows, experts in real_instances(data):
        total = sum(expert["energy_j"] for expert in experts)
        for part in (0.05, 0.1, 0.2, 0.4):
            for temperature, team in ((0, len(experts)), (0.25, 2)):
                path = Path(folder) / "real.json"
                write_instance(path, rows, experts, {"energy_j": total * part}, temperature=temperature, k=team)
                answer = solve_file(program, path)
                gap = f"{answer['gap']:.2%}" if answer["status"] != "optimal" else "0"
                lines.append(f"| {name} | {len(experts)} | {len(rows)} | {temperature} | {team} | {part:.0%} | {len(answer['set'])} | "
                             f"{answer['value']:.4f} | {answer['cpu_ms']:.1f} | {answer['nodes']} | {gap} |")
                print(lines[-1], flush=True)
    return "\n".join(lines)


def peers(options, folder):
    lines, wrong, parsing = [], 0, ""
    for size in options.sizes.split(","):
        experts, prompts = map(int, size.split("x"))
        for family in options.families.split(","):
            if family != "clustered" and experts * prompts not in (16 * 1024, 64 * 1024, 64 * 4096):
                continue
            rows, energies, budget = instance(family, experts, prompts, 1)
            ours = moe2(options.program, rows, energies, budget, folder)
            if size == "64x4096" and family == "clustered":
                parsing = f"{ours['parse_ms']:.0f} ms of CPU time for {ours['bytes'] / 1e6:.1f} MB"
            others = [None, None]
            if experts * prompts <= options.peers_up_to:
                others = [solve(rows, energies, budget, options.limit) for solve in (highs, cpsat)]
            for other in others:
                if other and other["proved"] and ours["proved"] and other["value"] != ours["value"]:
                    wrong += 1
                    print(f"optima differ on {family} {size}: {ours['value']} and {other['value']}", file=sys.stderr)
            gaps = ", ".join(f"{gap:.2%} at {deadline} ms" for deadline, gap in ours["gaps"].items())
            proved = f"{ours['seconds'] * 1000:.2f} ms" if ours["proved"] else f"not proved in {ours['seconds']:.0f} s"
            lines.append(f"| {family} | {experts} | {prompts} | {proved} | {ours['nodes']} | {gaps or '–'} | "
                         f"{shown(others[0], ours['seconds'])} | {shown(others[1], ours['seconds'])} |")
            print(lines[-1], flush=True)
    return "\n".join(lines), wrong, parsing


SOLVES = "| family | N | M | proved | canonical | p50 ms | p99 ms | nodes p50 | gap at 10 ms | at 50 ms | at 100 ms | at 1 s | largest open gap |\n" + "|---" * 13 + "|"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the release build of selection-bench")
    parser.add_argument("--out", default=str(ROOT / "docs" / "benchmarks" / "selection.md"))
    parser.add_argument("--data", type=Path, help="a folder with mmlu_logits.csv.gz, mmlupro_outcomes.csv.gz and models.csv; without it no real instances")
    parser.add_argument("--seeds", type=int, default=100, help="instances of the first row; the others take a part of it")
    parser.add_argument("--limit", type=float, default=60, help="seconds a peer may take for an instance")
    parser.add_argument("--sizes", default="16x256,32x256,64x256,16x1024,32x1024,64x1024,128x1024,64x4096,128x4096,256x4096")
    parser.add_argument("--peers-up-to", type=int, default=70_000, help="experts × prompts that the peers are given at most")
    parser.add_argument("--families", default="clustered,noisy,uniform,binary")
    options = parser.parse_args()
    program, seeds = options.program, options.seeds
    some, few = max(4, seeds // 10), max(3, seeds // 20)

    def solves(*commands):
        return SOLVES + "\n" + "".join(bench(program, "solve", *command) for command in commands)

    with tempfile.TemporaryDirectory() as folder:
        parts = []
        parts.append("## Families\n\n" + solves(
            ["clustered", "64x4096", "--seeds", seeds],
            *[[family, "64x4096", "--seeds", 2 * some] for family in ("noisy", "specialists", "correlated")],
            ["uniform", "64x4096", "--seeds", some],
            *[["binary", "64x4096", "--seeds", some, "--tight", part] for part in (0.2, 0.05, 0.03)]))
        parts.append("`binary` is there with budgets of 20, 5 and 3 % of what all experts take: with the first, every prompt can be answered.\n")
        parts.append("## T > 0 and small teams\n\nT = 0.3, k = 2, at most 8 experts; the same with any number; T = 0, k = 3.\n\n" + solves(
            ["clustered", "64x4096", "--seeds", 2 * some, "--T", 0.3, "--k", 2, "--max", 8],
            ["clustered", "64x4096", "--seeds", few, "--T", 0.3, "--k", 2],
            ["clustered", "64x4096", "--seeds", some, "--k", 3]))
        parts.append("## A thousand experts, cut after 1 s\n\n" + solves(
            *[[family, "1000x4096", "--seeds", few, "--ms", 1000] for family in ("clustered", "noisy", "specialists", "correlated", "binary", "uniform")]))
        parts.append("## Growth, cut after 3 s\n\n" + solves(
            *[["clustered", f"{size}x4096", "--seeds", few, "--ms", 3000] for size in (16, 32, 64, 128, 256, 512, 1024)],
            *[["clustered", f"64x{size}", "--seeds", some, "--ms", 3000] for size in (256, 1024, 4096, 16384)]))
        parts.append("## Right or wrong, 128 experts, cut after 2 s\n\nBudgets of 20, 5 and 3 %.\n\n" + solves(
            *[["binary", "128x4096", "--seeds", few, "--tight", part, "--ms", 2000] for part in (0.2, 0.05, 0.03)]))
        parts.append("## Events of a fleet\n\n" + EVENTS + "".join(
            bench(program, "events", *words) for words in (
                ["clustered", "64x4096", "--events", 10 * seeds], ["noisy", "64x4096", "--events", 10 * seeds],
                ["clustered", "64x4096", "--events", seeds, "--T", 0.3, "--k", 2, "--max", 8])))
        parts.append("## Frontiers of quality against energy\n\n| family | N | M | frontiers | budgets | corners | p50 ms | largest ms |\n" + "|---" * 8 + "|\n" +
                     "".join(bench(program, "frontier", family, "64x1024", "--seeds", some) for family in ("clustered", "noisy", "specialists")))
        parts.append("## Cancellation\n\n" + CANCEL + "".join(bench(program, "cancel", *words) for words in (
            ["clustered", "64x4096"], ["noisy", "64x4096"], ["uniform", "64x4096", "--seeds", few], ["binary", "64x4096", "--tight", 0.05, "--seeds", few],
            ["clustered", "1000x4096", "--seeds", few], ["noisy", "1000x4096", "--seeds", few], ["binary", "1000x4096", "--seeds", few],
            ["clustered", "64x4096", "--T", 0.3, "--k", 2, "--max", 8], ["clustered", "256x16384", "--seeds", few])))
        parts.append("## Memory\n\n" + MEMORY + "".join(bench(program, "memory", *words) for words in (
            ["clustered", "64x4096"], ["clustered", "256x16384"], ["binary", "128x16384"],
            ["clustered", "256x16384", "--T", 0.3, "--k", 2, "--max", 8], ["clustered", "256x16384", "--T", 0.3, "--max", 8])))
        if options.data:
            parts.append("## Real outcomes\n\n" + REAL + real(program, options.data, folder) + "\n")
        table, wrong, parsing = peers(options, folder)
        parts.append(PEERS.format(highs=PACKAGES[0].split("==")[1], cpsat=PACKAGES[1].split("==")[1], limit=options.limit, parsing=parsing,
                                  equal="all are equal" if not wrong else f"{wrong} DIFFER") + table + "\n")
        parts.insert(0, HEAD.format(cores=os.cpu_count(), load=os.getloadavg()[2]))
    Path(options.out).parent.mkdir(parents=True, exist_ok=True)
    Path(options.out).write_text("\n".join(parts))
    return 1 if wrong else 0


HEAD = """# Expert selection, measured

Written by `Benchmarks/selection/run.sh`. All times are **CPU time of the solving thread** in ms (also the deadlines: 10 ms are 10 ms of CPU), release
build, one thread, {cores} cores, load average {load:.0f} at the end. A solve counts from the
problem in memory to the certificate with its binding limits, without parsing and marginal values. Instances are made by `selection-bench` (seeds
0, 1, …; see `InstanceGenerator.swift`), T = 0 and k = N unless said, with an energy budget of 20 % of what all experts take. Gaps are median / largest
over the seeds; `canonical` counts the proofs in which the tie rule was followed to its end. Every answer was verified by the checker.
"""

EVENTS = """Experts leave, join and come back, costs change by up to 10 %, the budget by 2 %, at random. Beside each the time of a fresh solve of the same fleet; every
answer was compared with it. `reused`: the certificate of the last answer; `extended`: only sets with the newcomer or the cheaper expert were searched;
`warm`: all sets, from the converted scores and the last set. The last group of `clustered` is at T = 0.3 with k = 2 and at most 8 experts.

| family | event, work | events | p50 ms | p99 ms | fresh p50 ms | fresh p99 ms |
|---|---|---|---|---|---|---|
"""

CANCEL = """The longest time from a cancellation to the answer, of cancellations at the moments of a solve where the next look at the flag takes longest to come, and
at others spread over it: median and largest over the instances, the lesser of two runs each. The first `binary` has a budget of 5 %; the last row but one is at T = 0.3.

| family | N | M | instances | p50 ms | largest ms |
|---|---|---|---|---|---|
"""

MEMORY = """Peak of the resident memory of a solve, with the score matrix of the problem (8 bytes a number), over that matrix. The last two
rows are at T = 0.3, with k = 2 and with k = N.

| family | N | M | matrix MiB | more MiB | times the matrix | answer |
|---|---|---|---|---|---|---|
"""

REAL = """Open models on MMLU and MMLU-Pro (all splits that are there), costs estimated for an Orin at 200 tokens an answer, budgets as a part of what all take.

| scores | N | M | T | k | budget | set | Q | CPU ms | nodes | gap |
|---|---|---|---|---|---|---|---|---|---|---|
"""

PEERS = """## Beside HiGHS and CP-SAT

The same instances in one run, an energy budget of a fifth of what all experts cost. `moe2` is the best of five runs; HiGHS {highs} and CP-SAT {cpsat} with
one thread, CPU seconds of the solve alone, at most {limit:.0f} s an instance. In brackets: how many times ours. Where both proved an optimum the values were
compared, as integers: {equal}. One instance a row. Parsing the 64 × 4096 instance took {parsing}.

| instances | experts | prompts | moe2, proved optimal | nodes | gap before | HiGHS | CP-SAT |
|---|---|---|---|---|---|---|---|
"""

if __name__ == "__main__":
    in_environment()
    sys.exit(main())
