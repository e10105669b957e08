#!/usr/bin/env python3
"""Asks every expert every calibration and test prompt, on the real llama.cpp, and says how well each one does.

    measure.py [--server llama-server] [--test-out FOLDER]

Writes calibration-outcomes.csv (1 for an answer that is right to the letter, else 0) and prints the accuracy table of
README.md. With --test-out it also writes test.jsonl and test-outcomes.csv there, for `moe2 evaluate`.
"""
import argparse
import collections
import csv
import http.client
import json
import math
import socket
import subprocess
import sys
import time
from pathlib import Path

from domains import DOMAINS
from prompts import sets, write

HERE = Path(__file__).resolve().parent


class Server:
    """A llama.cpp server for one model, for the length of a `with` block."""

    def __init__(self, command, model):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.command = [*command, "-m", model, "--host", "127.0.0.1", "--port", str(self.port), "-c", "1024", "-np", "2",
                        "-t", "1", "--log-disable"]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.request("GET", "/health")[0] == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.05)
        self.__exit__()
        raise SystemExit(f"measure: the server did not start: {' '.join(map(str, self.command))}")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def request(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body and json.dumps(body), {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def answer(self, prompt):
        status, body = self.request("POST", "/v1/chat/completions", {
            "messages": [{"role": "user", "content": prompt}], "max_tokens": 32, "temperature": 0})
        if status != 200:
            raise SystemExit(f"measure: status {status} for {prompt!r}: {body[:200]!r}")
        return json.loads(body)["choices"][0]["message"]["content"] or ""


def measure(command, experts, prompts):
    """`{expert: {prompt id: right}}`"""
    right = {}
    for expert in experts:
        with Server(command, HERE / expert["file"]) as server:
            right[expert["id"]] = {p["id"]: server.answer(p["prompt"]).strip() == p["answer"] for p in prompts}
        print(f"measured {expert['id']}", file=sys.stderr)
    return right


def write_outcomes(path, right, prompts):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "model", "score"])
        for expert, scores in right.items():
            writer.writerows([prompt["id"], expert, int(scores[prompt["id"]])] for prompt in prompts)


def print_table(right, prompts):
    print(f"| % right | {' | '.join(DOMAINS)} | mean |")
    print("|---" * (len(DOMAINS) + 2) + "|")

    def row(name, is_right):
        shares = [100 * sum(is_right(p) for p in prompts if p["domain"] == domain)
                  / sum(p["domain"] == domain for p in prompts) for domain in DOMAINS]
        print(f"| {name} | {' | '.join(f'{share:.1f}' for share in shares)} | {sum(shares) / len(shares):.1f} |")

    for expert, scores in right.items():
        row(expert, lambda p: scores[p["id"]])
    row("any expert", lambda p: any(scores[p["id"]] for scores in right.values()))


def bigram_accuracy(training, test, domains):
    """How often naive Bayes over pairs of characters, fitted to `training`, names the domain of a prompt of `test`."""
    pairs = lambda prompt: [prompt[i:i + 2] for i in range(len(prompt) - 1)]
    counts = {domain: collections.Counter() for domain in domains}
    for prompt in training:
        if prompt["domain"] in counts:
            counts[prompt["domain"]].update(pairs(prompt["prompt"]))
    totals = {domain: sum(count.values()) + 500 for domain, count in counts.items()}

    def guess(prompt):
        return max(domains, key=lambda d: sum(math.log((counts[d][p] + 0.5) / totals[d]) for p in pairs(prompt)))

    asked = [prompt for prompt in test if prompt["domain"] in counts]
    return sum(guess(prompt["prompt"]) == prompt["domain"] for prompt in asked) / len(asked)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", help="a llama-server; the wheel's server by default")
    parser.add_argument("--test-out", type=Path, help="a folder for the test prompts and their outcomes")
    options = parser.parse_args()
    command = [options.server] if options.server else [sys.executable, HERE / "serve_llama.py"]
    experts = json.loads((HERE / "experts.json").read_text())
    drawn = sets()
    calibration, test = drawn["calibration"], drawn["test"]
    right = measure(command, experts, calibration + test)
    write_outcomes(HERE / "calibration-outcomes.csv", right, calibration)
    if options.test_out:
        write(options.test_out / "test.jsonl", test, without=["domain"])
        write_outcomes(options.test_out / "test-outcomes.csv", right, test)
    print_table(right, test)
    print(f"\nA classifier of character pairs names the domain of {bigram_accuracy(calibration, test, DOMAINS):.1%} of the "
          f"prompts, and tells north from south on {bigram_accuracy(calibration, test, ['north', 'south']):.1%}.")


if __name__ == "__main__":
    sys.exit(main())
