"""Draws the figures of docs/evaluation and writes the tables behind them, from the JSON of `moe2 evaluate`."""

import csv
import json
import os
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "moe2"  # the same figure has the same bytes
import matplotlib.pyplot as plt

METHODS = {
    "moe2": "MoE²",
    "best_single": "best single that fits",
    "random_subset": "random subset, gate mixed",
    "greedy": "greedy by quality per J, uniform",
    "uniform": "as many as fit, uniform",
    "static": "static mixture of MoE²'s set",
    "top_k": "top-k without selection",
    "knn": "kNN router",
    "logistic": "logistic router",
    "selectllm": "SelectLLM on MoE²'s set",
    "oracle": "oracle",
}


def write(path, header, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def number(value, digits=4):
    return "" if value is None else f"{value:.{digits}f}"


def save(figure, path):
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
    plt.close(figure)


def budgets(report, name, out):
    rows = []
    for level in report["budgets"]:
        for method, label in METHODS.items():
            entry = level["methods"].get(method)
            if entry is None:
                continue
            nll = entry["ci95"].get("nll") or [None, None]
            rows.append(
                [
                    level["name"], number(level.get("energy_j"), 3), number(level.get("latency_ms"), 2), label,
                    number(entry["accuracy"]), *map(number, entry["ci95"]["accuracy"]),
                    number(entry.get("nll")), *map(number, nll), entry["n"],
                    " ".join(level["selected"]) if method == "moe2" else "",
                    level.get("team_size", "") if method == "moe2" else "",
                ]
            )
    write(
        f"{out}/{name}_budgets.csv",
        ["level", "energy_j", "latency_ms", "method", "accuracy", "accuracy_low", "accuracy_high", "nll", "nll_low",
         "nll_high", "prompts", "selected", "team_size"],
        rows,
    )
    figure, axes = plt.subplots(2, 2, figsize=(12, 8))
    for column, (key, label) in enumerate((("energy_j", "energy budget, J a query"), ("latency_ms", "latency budget, ms"))):
        levels = [level for level in report["budgets"] if level.get(key) is not None]
        for row, metric in enumerate(("accuracy", "nll")):
            axis = axes[row][column]
            for method, text in METHODS.items():
                points = [
                    (level[key], level["methods"][method][metric], level["methods"][method]["ci95"][metric])
                    for level in levels
                    if method in level["methods"] and not (method == "oracle" and metric == "nll")
                ]
                if not points:
                    continue
                x, y, interval = zip(*points)
                strong = method == "moe2"
                line = axis.plot(x, y, marker="o", markersize=3, linewidth=2.5 if strong else 1, label=text,
                                 linestyle="--" if method == "oracle" else "-", zorder=3 if strong else 2)
                if strong:
                    axis.fill_between(x, [i[0] for i in interval], [i[1] for i in interval], alpha=0.15,
                                      color=line[0].get_color())
            axis.set_xscale("log")
            axis.set_xlabel(label)
            axis.set_ylabel("accuracy" if metric == "accuracy" else "negative log-likelihood, nats")
            axis.grid(alpha=0.3)
    axes[0][0].legend(fontsize=7)
    save(figure, f"{out}/{name}_budgets.svg")


def subsets(report, name, out):
    table = report["subsets"]["by_subset"]
    rows = sorted(
        ([len(key.split(",")), key, entry["nll"], entry.get("retrained_nll"), entry["accuracy"], entry] for key, entry in table.items()),
        key=lambda row: (row[0], row[1]),
    )
    write(
        f"{out}/{name}_subsets.csv",
        ["size", "experts", "nll", "nll_se", "retrained_nll", "gap", "gap_se", "accuracy", "accuracy_se"],
        [[size, key, number(nll), number(entry["nll_se"]), number(again), number(None if again is None else nll - again),
          number(entry.get("gap_se")), number(accuracy), number(entry["accuracy_se"])]
         for size, key, nll, again, accuracy, entry in rows],
    )
    figure, axes = plt.subplots(1, 2, figsize=(12, 4.5))
    if all(row[3] is not None for row in rows):
        axes[0].scatter([row[3] for row in rows], [row[2] for row in rows], s=8, c=[row[0] for row in rows])
        low, high = min(row[3] for row in rows), max(row[3] for row in rows)
        axes[0].plot([low, high], [low, high], linewidth=0.8, color="grey")
        axes[0].set_xlabel("NLL of a gate trained for the subset alone")
    else:
        axes[0].scatter([row[0] for row in rows], [row[2] for row in rows], s=8)
        axes[0].set_xlabel("experts in the subset")
    axes[0].set_ylabel("NLL of the gate trained once")
    index = {frozenset(key.split(",")): entry["nll"] for key, entry in table.items()}
    growth = [
        index[team | {expert}] - loss
        for team, loss in index.items()
        for expert in report["pool"]
        if expert not in team
    ]
    axes[1].hist(growth, bins=60)
    axes[1].axvline(0.002, color="grey", linewidth=0.8)
    axes[1].set_xlabel("change of NLL when one expert joins a set, nats")
    axes[1].set_ylabel("pairs")
    save(figure, f"{out}/{name}_subsets.svg")


def domains(report, name, out):
    rows = []
    for label, methods in sorted(report["labels"].items()):
        for method, entry in sorted(methods.items()):
            rows.append([label, method, entry["n"], number(entry["accuracy"]), *map(number, entry["ci95"]["accuracy"]), number(entry.get("nll")),
                         *map(number, entry["ci95"].get("nll") or [None, None])])
    write(f"{out}/{name}_domains.csv",
          ["label", "method", "prompts", "accuracy", "low", "high", "nll", "nll_low", "nll_high"], rows)
    chosen = [label for label in report["labels"] if label.startswith("domain:")]
    if len(chosen) > 20:  # 57 subjects of MMLU: the four categories are readable
        chosen = [label for label in report["labels"] if label.startswith("category:")]
    chosen.sort(key=lambda label: -report["labels"][label]["moe2"]["accuracy"])
    figure, axis = plt.subplots(figsize=(10, 4.5))
    for place, method in enumerate(("moe2", "static", "best_single")):
        entries = [report["labels"][label][method] for label in chosen]
        values = [entry["accuracy"] for entry in entries]
        errors = [
            [value - entry["ci95"]["accuracy"][0] for value, entry in zip(values, entries)],
            [entry["ci95"]["accuracy"][1] - value for value, entry in zip(values, entries)],
        ]
        axis.bar([i + 0.27 * place for i in range(len(chosen))], values, 0.27, yerr=errors, error_kw={"linewidth": 0.7},
                 label=METHODS[method] if method != "static" else "static mixture")
    axis.set_xticks([i + 0.27 for i in range(len(chosen))], [label.split(":", 1)[1] for label in chosen], rotation=30, ha="right")
    axis.set_ylabel("accuracy")
    axis.legend()
    save(figure, f"{out}/{name}_domains.svg")


def worst_gap(table):
    """The largest loss of renormalising, with an interval of two standard errors, and the mean over all subsets."""
    gaps = [(entry["nll"] - entry["retrained_nll"], entry.get("gap_se", 0), key)
            for key, entry in table["by_subset"].items() if entry.get("retrained_nll") is not None]
    if not gaps:
        return ""
    gap, error, key = max(gaps)
    mean = sum(entry[0] for entry in gaps) / len(gaps)
    return (f"worst loss of renormalising against retraining **{gap:.4f} ± {2 * error:.4f} nats** ({key.replace(',', ', ')}), "
            f"mean {mean:.4f}; ")


def rivals(report):
    """Where a baseline other than the oracle is ahead of MoE² at a budget, and whether it is beyond MoE²'s interval."""
    ahead, beyond, compared = [], [], 0
    for level in report["budgets"]:
        own = level["methods"].get("moe2")
        if own is None:
            continue
        for method, entry in level["methods"].items():
            if method in ("moe2", "oracle") or method not in METHODS:
                continue
            for metric, sign in (("accuracy", 1), ("nll", -1)):
                if entry.get(metric) is None:
                    continue
                compared += 1
                if sign * (entry[metric] - own[metric]) > 1e-9:
                    text = f"{level['name']}: {METHODS[method]} has {metric} {entry[metric]:.3f}, MoE² {own[metric]:.3f}"
                    low, high = own["ci95"][metric]
                    (ahead if low <= entry[metric] <= high else beyond).append(text)
    lines = [
        f"Of {compared} comparisons with a baseline at a budget level (the oracle left out), MoE² is at or above it in "
        f"{compared - len(ahead) - len(beyond)}, below it but within its own 95 % interval in {len(ahead)}, "
        f"beyond that in {len(beyond)}.", ""]
    return lines + [f"- beyond: {text}" for text in beyond] + ([""] if beyond else [])


def page(reports, out):
    lines = [
        "# Evaluation",
        "",
        "Written by `make evaluation DATA=…`; do not edit. Test split, real outcomes of open-weight models; trained on the",
        "train split, settings chosen on dev or by cross-validation. 95 % bootstrap intervals over prompts (1,000 resamples).",
        "",
    ]
    for name, title, report in reports:
        method = report["methods"]
        lines += [f"## {title}", "", "| method | accuracy | 95 % | NLL | 95 % |", "|---|---|---|---|---|"]
        for key, entry in sorted(method.items(), key=lambda item: -item[1]["accuracy"]):
            low, high = entry["ci95"]["accuracy"]
            nll = entry["ci95"].get("nll")
            lines.append(
                f"| {key} | {100 * entry['accuracy']:.1f} % | {100 * low:.1f}–{100 * high:.1f} | "
                f"{entry['nll']:.3f} | {nll[0]:.3f}–{nll[1]:.3f} |"
            )
        processor, clock, load = report["seconds"]
        lines += ["", f"Best single expert on the training prompts: {report['best_single']}; {method['moe2']['n']} prompts. "
                  f"It {report['training']} in {processor:.0f} s of CPU time, {clock:.0f} s by the clock at a load of {load:.1f} on "
                  f"{os.cpu_count()} cores.", ""]
        table = report.get("subsets")
        if table:
            lines += [
                f"All {table['count']} subsets: "
                + worst_gap(table)
                + f"{100 * table['monotone_pairs']:.2f} % of {table['pairs']} pairs are monotone "
                f"within 0.002 nats, the worst grows by {table['worst_violation']:.4f}.",
                "",
            ]
        lines += rivals(report)
        figures = ["budgets", "subsets", "domains"] if table else ["budgets", "domains"]
        for figure in figures:
            lines += [f"![{figure}]({name}_{figure}.svg)", ""]
        tables = ", ".join(f"[{name}_{figure}.csv]({name}_{figure}.csv)" for figure in figures)
        lines += [f"Tables: {tables}, costs [{name}_costs.json]({name}_costs.json).", ""]
    lines += [
        "## What the budgets mean",
        "",
        "Costs are estimates of a mixed fleet of Jetson AGX Orin 64GB and RTX 4090 hosts (`Benchmarks/gating/costs.py` says",
        "how they are derived and from which rows). A set costs the sum of its members' energies and the largest of their",
        "latencies. MoE² plans one set for every team size k up to 8, and for some larger ones, with the solver of the planner (any k of",
        "the set must fit together) and takes the pair of set and k with the lowest NLL on dev. Routers may choose among all experts",
        "that fit alone. `static` and `SelectLLM` are given what of MoE²'s set fits as a whole, so they show what the mixture adds to",
        "the selection.",
        "",
    ]
    with open(f"{out}/README.md", "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


def main(work, out):
    reports = []
    for name, title in (("mmlu", "MMLU, edge8"), ("mmlupro", "MMLU-Pro, 8 experts"), ("mmlu25", "MMLU, 25 experts"),
                        ("mmlupro25", "MMLU-Pro, 25 experts")):
        path = f"{work}/{name}.json"
        if not os.path.exists(path) or os.path.getsize(path) == 0:
            continue
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        with open(f"{work}/{name}.train", encoding="utf-8") as file:
            report["training"] = file.read().partition(" in ")[0]
        with open(f"{work}/{name}.seconds", encoding="utf-8") as file:
            report["seconds"] = [float(value) for value in file.read().split()]
        reports.append((name, title, report))
        budgets(report, name, out)
        if report.get("subsets"):
            subsets(report, name, out)
        domains(report, name, out)
    page(reports, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
