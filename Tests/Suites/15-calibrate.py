#!/usr/bin/env python3
"""`moe2 calibrate` against a live fleet of real tiny experts: killed in the middle, resumed, and trained on; and a gate that
scores by the embeddings of a real llama.cpp server.

Real programs, real model servers. Says "N passed, N failed" and exits 0 when all passed.
MOE2_PROGRAMS names a folder with moe2, moe2-agent and moe2-gate; without it the debug programs are built.
"""
import collections
import csv
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from support.checks import Checks, need, programs, wait_for  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "demo"))
from fleet import EXPERTS, DemoFleet, free_port, llama_command  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PROMPTS_PER_DOMAIN = 20
KILLS = 3
RUN_LIMIT_S = 120


def write_prompts(path):
    """A few prompts of every domain, in two splits."""
    domains = collections.defaultdict(list)
    for line in (EXPERTS / "calibration.jsonl").read_text().splitlines():
        prompt = json.loads(line)
        domains[prompt["id"].split("-")[0]].append(prompt)
    prompts = []
    for members in domains.values():
        for number, prompt in enumerate(members[:PROMPTS_PER_DOMAIN]):
            prompts.append(prompt | {"split": "test" if number % 4 == 3 else "train"})
    path.write_text("".join(json.dumps(prompt) + "\n" for prompt in prompts))
    return [prompt["id"] for prompt in prompts]


def write_questions(path):
    """The same with options, of which one is the right one."""
    lines = []
    for line in (EXPERTS / "demo.jsonl").read_text().splitlines():
        prompt = json.loads(line)
        if prompt["domain"] != "arith":
            continue
        right = int(prompt["answer"])
        options = [str(right - 10), str(right), str(right + 1)]
        lines.append({"id": prompt["id"], "question": prompt["prompt"], "options": options, "answer": "B"})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return [line["id"] for line in lines]


class Suite:
    def __init__(self, fleet, folder, prompts):
        self.fleet = fleet
        self.folder = folder
        self.prompts = prompts
        self.experts = fleet.names
        self.outcomes = folder / "outcomes.csv"

    def command(self, out, *more):
        return [self.fleet.programs / "moe2", "calibrate", "--prompts", self.folder / "prompts.jsonl", "--out", out, *more]

    def calibrate(self, out, *more):
        return subprocess.run(self.command(out, *more), env=self.fleet.environment(), capture_output=True, text=True,
                              timeout=RUN_LIMIT_S)

    def moe2(self, *arguments):
        done = subprocess.run([self.fleet.programs / "moe2", *arguments], capture_output=True, text=True,
                              timeout=RUN_LIMIT_S)
        need(done.returncode == 0, f"moe2 {arguments[0]}: status {done.returncode}: {done.stderr[-2000:]}")
        return done.stdout

    @staticmethod
    def rows(path):
        with open(path, newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def killed_in_the_middle_and_resumed_it_loses_and_doubles_nothing(self):
        rng = random.Random(15)
        whole = len(self.prompts) * len(self.experts)
        before = b""
        for kill in range(KILLS):
            # One query at a time: the file must not be complete before the last kill.
            child = subprocess.Popen(self.command(self.outcomes, "--parallel", "1"), env=self.fleet.environment(),
                                     stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            try:
                goal = len(before.splitlines()) + rng.randint(10, whole // (3 * KILLS))
                wait_for(lambda: child.poll() is not None or self.outcomes.exists()
                         and len(self.outcomes.read_bytes().splitlines()) >= goal, f"{goal} outcomes", RUN_LIMIT_S)
                need(child.poll() is None, f"it ended before kill {kill}")
            finally:
                child.kill()
                child.communicate()
            now = self.outcomes.read_bytes()
            need(now.startswith(before[:before.rfind(b"\n") + 1]), f"kill {kill}: outcomes of an earlier run were changed")
            need(len(now.splitlines()) < whole, "every outcome was there before the last run")
            before = now
        # What a kill in the middle of a write leaves: half a row.
        with open(self.outcomes, "ab") as file:
            file.write(f"{self.prompts[-1]},{self.experts[-1]}".encode())
        done = self.calibrate(self.outcomes)
        need(done.returncode == 0, f"status {done.returncode}: {done.stderr[-2000:]}")
        need(f"{whole} outcomes" in done.stdout, done.stdout)
        pairs = collections.Counter((row["id"], row["model"]) for row in self.rows(self.outcomes))
        wanted = {(prompt, expert) for prompt in self.prompts for expert in self.experts}
        need(set(pairs) == wanted, f"lost {sorted(wanted - set(pairs))[:5]}, foreign {sorted(set(pairs) - wanted)[:5]}")
        need(max(pairs.values()) == 1, f"doubled: {[pair for pair, count in pairs.items() if count > 1][:5]}")
        need(self.outcomes.read_bytes().startswith(before[:before.rfind(b"\n") + 1]), "the last run changed old rows")

    def every_row_says_what_it_took(self):
        for row in self.rows(self.outcomes):
            need(row["score"] in ("0", "1"), f"score {row['score']} of {row['id']}")
            need(int(row["prompt_tokens"]) > 0 and int(row["completion_tokens"]) >= 0, f"tokens of {row}")
            need(0 < float(row["latency_ms"]) < 60_000, f"latency of {row}")
            need(0 < float(row["energy_j"]) < 1_000, f"energy of {row}")
            need(row["energy_source"] in ("measured", "modelled"), f"energy source of {row}")

    def a_complete_file_asks_for_nothing(self):
        before = self.outcomes.read_bytes()
        began = time.monotonic()
        done = self.calibrate(self.outcomes)
        need(done.returncode == 0, f"status {done.returncode}: {done.stderr[-2000:]}")
        need(self.outcomes.read_bytes() == before, "a complete file was changed")
        need(time.monotonic() - began < RUN_LIMIT_S, "it took as long as asking")

    def agrees_with_the_outcomes_that_the_demo_trains_on(self):
        stored = {(row["id"], row["model"]): float(row["score"])
                  for row in self.rows(EXPERTS / "calibration-outcomes.csv")}
        found = self.rows(self.outcomes)
        same = sum(float(row["score"]) == stored[row["id"], row["model"]] for row in found)
        need(same >= 0.97 * len(found), f"only {same} of {len(found)} scores are those that were stored")

    def what_it_stored_trains_a_gate_that_evaluates(self):
        gate = self.folder / "gate.moe2"
        files = ("--prompts", self.folder / "prompts.jsonl", "--outcomes", self.outcomes)
        self.moe2("train", *files, "--out", gate)
        report = json.loads(self.moe2("evaluate", "--gate", gate, *files, "--split", "test", "--json"))
        methods = report["methods"]
        tested = sum(json.loads(line)["split"] == "test"
                     for line in (self.folder / "prompts.jsonl").read_text().splitlines())
        need(methods["moe2"]["n"] == tested, f"{methods['moe2']['n']} prompts, not {tested}")
        need(methods["moe2"]["accuracy"] > methods["random"]["accuracy"] + 0.1, json.dumps(methods)[:2000])
        need(methods["moe2"]["accuracy"] <= methods["oracle"]["accuracy"] + 1e-9, "better than the oracle")

    def stores_choices_and_votes_of_questions_with_options(self):
        questions = write_questions(self.folder / "questions.jsonl")
        for kind, column in (("choice", "zB"), ("vote", "pred")):
            out = self.folder / f"{kind}.csv"
            done = subprocess.run(
                [self.fleet.programs / "moe2", "calibrate", "--prompts", self.folder / "questions.jsonl", "--out", out,
                 "--kind", kind, "--experts", "arith,generalist"],
                env=self.fleet.environment(), capture_output=True, text=True, timeout=RUN_LIMIT_S)
            need(done.returncode == 0, f"{kind}: status {done.returncode}: {done.stderr[-2000:]}")
            rows = self.rows(out)
            need(len(rows) == 2 * len(questions), f"{kind}: {len(rows)} rows of {len(questions)} questions")
            need(all(column in row for row in rows), f"{kind}: no column {column}")
        rows = [row for row in self.rows(self.folder / "choice.csv") if row["model"] == "arith"]
        right = sum(float(row["zB"]) > max(float(row["zA"]), float(row["zC"])) for row in rows)
        need(right >= 0.8 * len(rows), f"arith prefers the right sum in {right} of {len(rows)} questions")

    def a_gate_trained_on_embeddings_asks_for_them_and_does_without_when_the_server_is_down(self):
        port = free_port()
        command = llama_command().get("command", ["llama-server"])
        server = subprocess.Popen(
            [*command, "-m", EXPERTS / "generalist.gguf", "--host", "127.0.0.1", "--port", str(port), "--embeddings",
             "--pooling", "mean", "-b", "512", "-ub", "512"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for(lambda: self.listens(port), "the embeddings server", RUN_LIMIT_S)
            gate = self.folder / "dense.moe2"
            files = ("--prompts", EXPERTS / "calibration.jsonl", "--outcomes",
                     EXPERTS / "calibration-outcomes.csv")
            self.moe2("train", *files, "--embeddings", url, "--out", gate)
            need("embeddings/1/default/" in self.moe2("gate", "inspect", gate), "the gate was not trained on embeddings")
            path = self.fleet.folder / "gate.yaml"
            configuration = json.loads(path.read_text())
            configuration |= {"gate_file": str(gate), "embeddings": {"url": url, "timeout": "5s"}}
            path.write_text(json.dumps(configuration))
            self.fleet.processes["gate"].send_signal(signal.SIGHUP)
            wait_for(lambda: "gate file reloaded" in self.fleet.log("gate"), "the reload", RUN_LIMIT_S)
            questions = [json.loads(line) for line in (EXPERTS / "demo.jsonl").read_text().splitlines()][:12]
            dense = [self.fleet.ask(question["prompt"]) for question in questions]
            right = sum(answer["answer"].strip() == question["answer"] for answer, question in zip(dense, questions))
            teams = {expert["expert"] for answer in dense for expert in answer["team"]}
            need(len(teams) >= 3 and right >= 8, f"{right} of {len(questions)} right, by {sorted(teams)}")
        finally:
            server.kill()
            server.wait()
        # Prompts that it has not seen: nobody can embed them now, and they all go where the prior says.
        without = [self.fleet.ask(f"{question['prompt']} ") for question in questions[:4]]
        need(len({expert["expert"] for answer in without for expert in answer["team"]}) == 1, json.dumps(without)[:2000])
        need("no embeddings for" in self.fleet.log("gate"), "the log does not say that the embeddings are missing")

    @staticmethod
    def listens(port):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as reply:
                return reply.status == 200
        except OSError:
            return False

    def names_what_is_wrong_and_leaves_the_file_alone(self):
        before = self.outcomes.read_bytes()
        done = self.calibrate(self.outcomes, "--experts", "nobody")
        need(done.returncode != 0 and "nobody" in done.stderr, f"status {done.returncode}: {done.stderr}")
        broken = self.folder / "broken.csv"
        broken.write_text("id,model,pred\nx,arith,A\n")
        done = self.calibrate(broken)
        need(done.returncode != 0 and "broken.csv" in done.stderr, f"status {done.returncode}: {done.stderr}")
        need(broken.read_text() == "id,model,pred\nx,arith,A\n", "a file of another kind was changed")
        need(self.outcomes.read_bytes() == before, "the outcomes were changed")


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder, DemoFleet(programs()) as fleet:
        suite = Suite(fleet, Path(folder), write_prompts(Path(folder) / "prompts.jsonl"))
        for name in (
            "killed_in_the_middle_and_resumed_it_loses_and_doubles_nothing",
            "every_row_says_what_it_took",
            "a_complete_file_asks_for_nothing",
            "agrees_with_the_outcomes_that_the_demo_trains_on",
            "what_it_stored_trains_a_gate_that_evaluates",
            "stores_choices_and_votes_of_questions_with_options",
            "names_what_is_wrong_and_leaves_the_file_alone",
            "a_gate_trained_on_embeddings_asks_for_them_and_does_without_when_the_server_is_down",
        ):
            checks.run(name.replace("_", " "), getattr(suite, name))
    return checks.finish()


if __name__ == "__main__":
    sys.exit(main())
