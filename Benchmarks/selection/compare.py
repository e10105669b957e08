#!/usr/bin/env python3
"""Times `moe2 solve` beside HiGHS and OR-Tools CP-SAT on the same instances in one run, and checks that their optima are equal.

The instances are facility location (T = 0, k = N) under an energy budget of a fifth of what all experts cost: experts with
domain skills on Orin-like and 4090-like hosts (`clustered`), the same with noise (`noisy`), skills without structure (`uniform`),
right-or-wrong scores (`binary`). Scores are integers in thousandths for every solver, so that optima can be compared exactly.
"""
import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
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


def moe2(program, rows, energies, budget, folder):
    count = len(energies)
    path = Path(folder) / "instance.json"
    path.write_text(json.dumps({
        "scores": rows, "temperature": 0, "k": count,
        "experts": [{"id": f"e{index}", "host": f"h{index}", "energy_j": energy / 1000} for index, energy in enumerate(energies)],
        "limits": {"energy_j": budget / 1000},
    }))
    command = [program, "solve", path, "--json", "--no-marginals"]
    best = None
    for _ in range(5):
        answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        if best is None or answer["time_ms"] < best["time_ms"]:
            best = answer
    gaps = {}
    for deadline in (10, 100, 1000):
        if best["time_ms"] > deadline:
            short = subprocess.run([*command, "--deadline", f"{deadline}ms"], check=True, capture_output=True, text=True)
            gaps[deadline] = json.loads(short.stdout)["gap"]
    chosen = [int(name[1:]) for name in best["set"]]
    value = sum(max(row[expert] for expert in chosen) for row in rows)
    return {"seconds": best["time_ms"] / 1000, "value": value, "proved": best["status"] == "optimal", "nodes": best["nodes"],
            "gaps": gaps}


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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the release build of moe2")
    parser.add_argument("--out", default=str(ROOT / "docs" / "benchmarks" / "selection.md"))
    parser.add_argument("--limit", type=float, default=60, help="seconds a peer may take for an instance")
    parser.add_argument("--sizes", default="16x256,32x256,64x256,16x1024,32x1024,64x1024,128x1024,64x4096,128x4096,256x4096")
    parser.add_argument("--peers-up-to", type=int, default=70_000, help="experts × prompts that the peers are given at most")
    parser.add_argument("--families", default="clustered,noisy,uniform,binary")
    options = parser.parse_args()
    lines = []
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes.split(","):
            experts, prompts = map(int, size.split("x"))
            for family in options.families.split(","):
                if family != "clustered" and experts * prompts not in (16 * 1024, 64 * 1024, 64 * 4096):
                    continue
                rows, energies, budget = instance(family, experts, prompts, 1)
                ours = moe2(options.program, rows, energies, budget, folder)
                peers = [None, None]
                if experts * prompts <= options.peers_up_to:
                    peers = [solve(rows, energies, budget, options.limit) for solve in (highs, cpsat)]
                for peer in peers:
                    if peer and peer["proved"] and ours["proved"] and peer["value"] != ours["value"]:
                        wrong += 1
                        print(f"optima differ on {family} {size}: {ours['value']} and {peer['value']}", file=sys.stderr)
                gaps = ", ".join(f"{gap:.2%} at {deadline} ms" for deadline, gap in ours["gaps"].items())
                proved = f"{ours['seconds'] * 1000:.2f} ms" if ours["proved"] else f"not proved in {ours['seconds']:.0f} s"
                lines.append(f"| {family} | {experts} | {prompts} | {proved} | {ours['nodes']} | {gaps or '–'} | "
                             f"{shown(peers[0], ours['seconds'])} | {shown(peers[1], ours['seconds'])} |")
                print(lines[-1], flush=True)
    Path(options.out).parent.mkdir(parents=True, exist_ok=True)
    Path(options.out).write_text(f"""# Expert selection beside HiGHS and CP-SAT

Written by `Benchmarks/selection/compare.py`: the same instances in one run, T = 0, k = N, an energy budget of a fifth of what all experts cost.
`moe2` is the best of five runs of the release build's `moe2 solve` (`time_ms`, without reading the file; one thread); HiGHS {PACKAGES[0].split('==')[1]} and CP-SAT
{PACKAGES[1].split('==')[1]} with one thread, CPU seconds of the solve alone, at most {options.limit:.0f} s an instance. In brackets: how many times ours. Where both proved an optimum
the values were compared, as integers: {'all are equal' if not wrong else f'{wrong} DIFFER'}. One instance a row; {os.cpu_count()} shared cores.

| instances | experts | prompts | moe2, proved optimal | nodes | gap before | HiGHS | CP-SAT |
|---|---|---|---|---|---|---|---|
""" + "\n".join(lines) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    in_environment()
    sys.exit(main())
