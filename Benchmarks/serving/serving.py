"""The serving benchmark: what budgets buy, what lost agents and gates cost, and how soon giving up is heard.

Writes docs/benchmarks/serving.md.
"""
import argparse
import json
import os
import platform
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "demo"))
sys.dont_write_bytecode = True
import cancellation  # noqa: E402
from fleet import EXPERTS, DemoFleet, is_right, questions  # noqa: E402

LEVELS = (8, 4, 2.8, 2, 1.4, 1, 0.7, 0.5)
WARM_UP_ROUNDS = 2
CLIENTS = 4
CHURN_S = 60
CHURN_PERIOD_S = 3
BATCH_EXPERTS = ("arith", "text", "calendar", "generalist")
BATCH_LINES = 10_000
BATCH_LIMIT_S = 1800
CANCEL_TRIALS = 500
SPREAD_QUESTIONS = 4
SPREAD_TIMES = 20


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", required=True, help="the folder of moe2, moe2-agent and moe2-gate")
    parser.add_argument("--out", required=True, help="where the report goes")
    parser.add_argument("--build", default="release", help="what kind of programs they are, for the report")
    parser.add_argument("--lines", type=int, default=BATCH_LINES, help="the length of the batch")
    parser.add_argument("--trials", type=int, default=CANCEL_TRIALS, help="how often a client gives up, in each way")
    options = parser.parse_args()
    with DemoFleet(options.programs) as fleet:
        sweep = measure_budgets(fleet)
        calibration = json.loads(fleet.tool("fleet", "--json"))["calibration"]
        calibration["spread"] = measure_spread(fleet)
        churn = measure_churn(fleet)
        fleet.kill("gate", signal.SIGTERM)
        churn["twice"] = answered_twice(fleet.store)
    with DemoFleet(options.programs, experts=BATCH_EXPERTS) as fleet:
        batch = measure_batch(fleet, options.lines)
    stops = cancellation.measure(options.programs, options.trials)
    Path(options.out).parent.mkdir(parents=True, exist_ok=True)
    Path(options.out).write_text(report(options.build, sweep, calibration, churn, batch, stops))
    print(Path(options.out).read_text())


# -- budgets


def measure_budgets(fleet):
    asked = questions()
    names = fleet.names
    alone = {name: fleet.ask_all(asked, lambda _, name=name: ("--expert", name), CLIENTS) for name in names}
    for _ in range(WARM_UP_ROUNDS):
        free = fleet.ask_all(asked, clients=CLIENTS)
    best = max(names, key=lambda name: accuracy(alone[name], asked))
    energy = max(one["predicted"]["energy_p90_j"] for one in free if one["status"] == 0)
    latency = max(one["predicted"]["latency_p90_ms"] for one in free if one["status"] == 0)
    policies = {
        "MoE²": lambda _: (),
        f"best single ({best})": lambda _: ("--expert", best),
        "round robin": lambda index: ("--expert", names[index % len(names)]),
        "all experts, vote": lambda _: ("--mode", "vote", "--k", str(len(names))),
    }
    rows = []
    for level in LEVELS:
        limits = (energy * level, latency * level)
        budget = ("--max-energy", f"{limits[0]:.9f}J", "--max-latency", f"{limits[1]:.6f}ms")
        for policy, choose in policies.items():
            got = fleet.ask_all(asked, lambda index, choose=choose: (*choose(index), *budget), CLIENTS)
            rows.append(row(level, limits, policy, got, asked))
            print(rows[-1], flush=True)
    return {"rows": rows, "count": len(asked), "best": best}


def accuracy(reports, asked):
    return sum(is_right(one, question) for one, question in zip(reports, asked)) / len(asked)


def row(level, limits, policy, got, asked):
    answered = [one for one in got if one["status"] == 0]
    kept = [one for one in answered if one["measured"]["energy_j"] <= limits[0]
            and one["measured"]["latency_ms"] <= limits[1]]
    latencies = sorted(one["measured"]["latency_ms"] for one in answered)
    return {
        "level": level, "limits": limits, "policy": policy, "answered": len(answered), "kept": len(kept),
        "whole": sum(not one.get("degraded") for one in answered), "accuracy": accuracy(got, asked),
        "refused": sum(one["status"] == 3 for one in got), "late": sum(one["status"] == 6 for one in got),
        "other": sum(one["status"] not in (0, 3, 6) for one in got),
        "energy": statistics.mean(one["measured"]["energy_j"] for one in answered) if answered else None,
        "p50": latencies[len(latencies) // 2] if latencies else None,
        "p99": latencies[min(len(latencies) - 1, int(len(latencies) * 0.99))] if latencies else None,
    }


def measure_spread(fleet):
    """How far the energies of one question, asked again and again of one expert, are from their median, and how far the
    predictions of the same shards are off; both as shares of the energy used."""
    spread = error = used = series = 0
    for name in fleet.names:
        for question in questions()[:SPREAD_QUESTIONS]:
            got = fleet.ask_all([question] * SPREAD_TIMES, lambda _, name=name: ("--expert", name), CLIENTS)
            pairs = [(one["predicted"]["energy_j"], one["measured"]["energy_j"]) for one in got if one["status"] == 0]
            if not pairs:
                raise RuntimeError(f"expert '{name}' answered none of {SPREAD_TIMES} queries: {got[0]['error'][:300]}")
            median = statistics.median(measured for _, measured in pairs)
            spread += sum(abs(measured - median) for _, measured in pairs)
            error += sum(abs(predicted - measured) for predicted, measured in pairs)
            used += sum(measured for _, measured in pairs)
            series += 1
    return {"series": series, "spread": spread / used, "error": error / used}


# -- agents that die


def measure_churn(fleet):
    asked = questions()
    names = fleet.names
    stop = threading.Event()
    deaths = []

    def churn():
        while not stop.wait(CHURN_PERIOD_S / 2):
            victim = names[len(deaths) % len(names)]
            fleet.kill_expert(victim)
            deaths.append(victim)
            stop.wait(CHURN_PERIOD_S / 2)
            fleet.start_expert(victim)

    thread = threading.Thread(target=churn)
    thread.start()
    reports, right, began = [], 0, time.monotonic()
    try:
        while time.monotonic() - began < CHURN_S:
            got = fleet.ask_all(asked, clients=CLIENTS)
            right += sum(is_right(one, question) for one, question in zip(got, asked))
            reports += got
    finally:
        stop.set()
        thread.join()
    return {
        "seconds": time.monotonic() - began, "deaths": len(deaths), "asked": len(reports), "right": right,
        "lost": [one for one in reports if one["status"] != 0],
        "retried": sum(one["status"] == 0 and one["retries"] > 0 for one in reports),
        "degraded": sum(one["status"] == 0 and bool(one.get("degraded")) for one in reports),
    }


def answered_twice(store):
    books = sqlite3.connect(store)
    try:
        return books.execute("SELECT COUNT(*) FROM (SELECT id FROM query WHERE status = 'OK' GROUP BY id "
                             "HAVING COUNT(*) > 1)").fetchone()[0]
    finally:
        books.close()


# -- a gate that dies in the middle of a batch


def measure_batch(fleet, lines):
    prompts = [json.loads(line)["prompt"] for line in (EXPERTS / "calibration.jsonl").read_text().splitlines() if line]
    generator = random.Random(7)
    source = fleet.folder / "in.jsonl"
    source.write_text("".join(json.dumps({"id": f"q{number}", "prompt": generator.choice(prompts), "max_tokens": 24}) + "\n"
                              for number in range(lines)))
    undisturbed, disturbed = fleet.folder / "undisturbed.jsonl", fleet.folder / "disturbed.jsonl"
    calm = run_batch(fleet, source, undisturbed)
    kills = []

    def kill_gate(process):
        partial = Path(f"{disturbed}.partial")
        for share in (0.25, 0.5, 0.75):
            while process.poll() is None and (not partial.exists() or partial.read_bytes().count(b"\n") < lines * share):
                time.sleep(0.02)
            if process.poll() is None:
                fleet.kill("gate")
                kills.append(share)
                fleet.start_gate()

    troubled = run_batch(fleet, source, disturbed, kill_gate)
    rows = [json.loads(line) for line in undisturbed.read_text().splitlines()]
    return {
        "lines": lines, "answered": sum("answer" in row for row in rows), "experts": len({row["experts"][0] for row in rows}),
        "calm": calm, "troubled": troubled, "kills": len(kills), "same": undisturbed.read_bytes() == disturbed.read_bytes(),
    }


def run_batch(fleet, source, target, disturb=lambda process: None):
    """Seconds that a batch takes while `disturb` does what it does."""
    began = time.monotonic()
    with open(fleet.folder / "client.log", "ab") as log:
        process = subprocess.Popen([fleet.programs / "moe2", "batch", str(source), str(target)], env=fleet.environment(),
                                   stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    disturb(process)
    if process.wait(BATCH_LIMIT_S) != 0:
        raise RuntimeError(f"the batch failed: {(fleet.folder / 'client.log').read_text()[-2000:]}")
    return time.monotonic() - began


# -- report


def report(build, sweep, calibration, churn, batch, stops):
    rows = sweep["rows"]
    answered = sum(one["answered"] for one in rows)
    kept = sum(one["kept"] for one in rows)
    lines = [
        "# Serving: what budgets buy, and what lost agents and gates cost", "",
        f"Written by `Benchmarks/serving/run.sh` with {build} programs. The demo's experts on their llama.cpp servers, one agent each, "
        f"all on one machine with {os.cpu_count()} cores ({platform.machine()}, load average {os.getloadavg()[1]:.0f} over the last "
        f"five minutes), {CLIENTS} clients at a time, {sweep['count']} "
        "questions per row. Energy is modelled: configured watts above idle times measured time. Times depend on what else the "
        "machine does; the shares do not.", "",
        "## Budgets from loose to tight", "",
        "Both budgets shrink together; 1 is what the dearest and the slowest expert that MoE² used without budgets were "
        "expected to need at their p90. *within*: answers whose measured energy and latency both stayed inside. *right*: of "
        "all questions, one that was refused or late counts as wrong. *whole*: answers that were not cut short.", "",
        "| budget | energy, latency | policy | answered | refused | late | within | whole | right | energy mean | p50 | p99 |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in rows:
        figures = "– | – | –" if one["energy"] is None else (
            f"{one['energy'] * 1000:.1f} mJ | {one['p50']:.0f} ms | {one['p99']:.0f} ms")
        lines.append(
            f"| {one['level']} | {one['limits'][0] * 1000:.1f} mJ, {one['limits'][1]:.0f} ms | {one['policy']} "
            f"| {one['answered']} | {one['refused']} | {one['late']} | {one['kept']} of {one['answered']} | {one['whole']} "
            f"| {one['accuracy']:.0%} | {figures} |")
    lines += [
        "", f"In all {kept} of {answered} answers ({kept / max(1, answered):.2%}) stayed within both budgets; "
        f"{sum(one['other'] for one in rows)} queries failed for another reason.", "",
        f"Predictions during the sweep: {calibration['shards']} shards, {calibration['latency_p90_coverage']:.0%} within the "
        f"predicted p90 time, {calibration['energy_p90_coverage']:.0%} within the p90 energy. Shards that were cut off at a "
        f"limit count as outside. The energy of single shards was off by {calibration['energy_error']:.0%} of the energy used (Σ "
        f"|predicted − measured| / Σ measured); the sum of the predictions, which are medians, by {calibration['energy_bias']:+.0%}. "
        f"Most of it is the machine's: in {calibration['spread']['series']} series of one question asked {SPREAD_TIMES} times of one "
        f"expert, the energies differ from their own median by {calibration['spread']['spread']:.0%}, from their predictions by "
        f"{calibration['spread']['error']:.0%}.", "",
        "## An agent killed every few seconds", "",
        f"In {churn['seconds']:.0f} s an agent was killed with SIGKILL {churn['deaths']} times, each revived after "
        f"{CHURN_PERIOD_S / 2:.1f} s, under the load of {CLIENTS} clients.", "",
        f"- {churn['asked']} queries, {len(churn['lost'])} lost, {churn['twice']} answered twice (by the gate's books)",
        f"- {churn['retried']} were started again elsewhere, {churn['degraded']} were answered with less than planned",
        f"- {churn['right'] / max(1, churn['asked']):.0%} right",
    ]
    lines += [f"- lost: status {one['status']}: {one['error'][:300]}" for one in churn["lost"][:5]]
    lines += [
        "", "## A gate killed in the middle of a batch", "",
        f"{batch['lines']:,} lines over {len(BATCH_EXPERTS)} experts. Undisturbed {batch['calm']:.1f} s, {batch['answered']:,} answered by "
        f"{batch['experts']} experts; with {batch['kills']} kills of the gate by SIGKILL, each followed by a start, {batch['troubled']:.1f} s. "
        f"The output is {'byte for byte the same' if batch['same'] else '**not the same**'}.", "",
        "## How soon a model server hears that nobody waits", "",
        "From the moment that a client of a streamed answer gives up to the line in which llama.cpp's server says that it stopped, both "
        "stamped on this machine: the way through gate and agent and the server's own check between two tokens. The expert is the demo's "
        "generalist with a long context, which would write some 30,000 tokens.", "",
        cancellation.report(stops), "",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
