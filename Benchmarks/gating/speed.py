"""The gate's speed beside scikit-learn's on the same features and weights; writes docs/benchmarks/gating.md.

Prompts are the paragraphs of this project's documentation. scikit-learn gets the prompts as features already, one sparse row
a call, and only predicts; its numbers are compared with the gate's.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
import scipy.sparse
import sklearn
from sklearn.linear_model import Ridge

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXPERTS = 64
ROUNDS = 20
FEATURES = 1 << 14
LIMITS_US = {"features": 100, "prompt to team": 200}


def paragraphs():
    found = []
    for file in sorted(ROOT.glob("docs/*.md")):
        for text in file.read_text(encoding="utf-8").split("\n\n"):
            if 100 <= len(text) <= 2000 and "```" not in text:
                found.append(text)
    return found[:300]


def predict(folder, prompts):
    """Median and 99th percentile of scikit-learn's predict in CPU time, its median by the clock, and the largest difference to
    the gate's scores."""
    folder = pathlib.Path(folder)
    weights = numpy.fromfile(folder / "weights.bin", dtype=numpy.float32).reshape(FEATURES, EXPERTS)
    model = Ridge()
    model.coef_ = weights.T  # so that its transpose is contiguous, as scipy wants it: a copy would take milliseconds
    model.intercept_ = numpy.array(json.loads((folder / "means.json").read_text()))
    model.n_features_in_ = FEATURES
    rows = [
        scipy.sparse.csr_matrix((values, (numpy.zeros(len(values), dtype=int), numpy.array(indices, dtype=int))),
                                shape=(1, FEATURES), dtype=numpy.float32)
        for indices, values in json.loads((folder / "features.json").read_text())
    ]
    scores = numpy.array(json.loads((folder / "scores.json").read_text()))
    difference = max(numpy.abs(model.predict(row)[0] - own).max() for row, own in zip(rows, scores))
    times, passed = [], []
    for _ in range(ROUNDS):
        for row in rows:
            begin, start = time.perf_counter_ns(), time.thread_time_ns()
            model.predict(row)
            times.append((time.thread_time_ns() - start) / 1e3)
            passed.append((time.perf_counter_ns() - begin) / 1e3)
    times.sort()
    return statistics.median(times), times[len(times) * 99 // 100], statistics.median(passed), difference


def main(program):
    prompts = paragraphs()
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [program, str(EXPERTS), str(ROUNDS), folder], input="\n".join(map(json.dumps, prompts)), text=True,
            capture_output=True, check=False)
        if done.returncode != 0:
            sys.exit(f"gating-bench failed: {done.stderr}")
        report = json.loads(done.stdout)
        median, slow, passed, difference = predict(folder, prompts)
    if difference > 1e-4:
        sys.exit(f"scikit-learn's scores differ from the gate's by {difference}")
    mean = statistics.mean(len(text) for text in prompts)
    lines = [
        "# Speed of the gate",
        "",
        f"Written by `Benchmarks/gating/run.sh`. {len(prompts)} prompts of {mean:.0f} characters on average, {EXPERTS} experts,",
        f"{ROUNDS} rounds, on a machine of {os.cpu_count()} cores at a load of {os.getloadavg()[0]:.1f}. Microseconds a prompt of the",
        "thread's CPU time, which the turns of other programs do not lengthen, and the median by the clock.",
        "",
        "| step | median | 99th percentile | median by the clock |",
        "|---|---|---|---|",
    ]
    names = {
        "features": "features: hashed n-grams of the text",
        "scores": "scores of all experts from the features",
        "team": "team: the best four and their weights",
        "prompt to team": "all of it, from the text to the team",
    }
    for key, name in names.items():
        lines.append(f"| {name} | {report[key]['median_us']:.1f} | {report[key]['p99_us']:.1f} | {report[key]['clock_median_us']:.1f} |")
    lines += [
        f"| scikit-learn {sklearn.__version__}, `Ridge.predict` on the same features and weights | {median:.1f} | {slow:.1f} | {passed:.1f} |",
        "",
        f"The largest difference between a score of scikit-learn and of the gate is {difference:.1e}. Goals: features under",
        f"{LIMITS_US['features']} µs, text to team under {LIMITS_US['prompt to team']} µs at the median, by the clock.",
        "",
    ]
    page = "\n".join(lines)
    (ROOT / "docs" / "benchmarks" / "gating.md").write_text(page, encoding="utf-8")
    print(page)
    missed = [key for key, limit in LIMITS_US.items() if report[key]["clock_median_us"] > limit]
    if missed:
        sys.exit(f"over the goal: {', '.join(missed)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
