#!/usr/bin/env python3
"""Runs a fleet on this machine: a gate and one agent per demo expert, each with a real llama.cpp server.

Sends mixed queries through `moe2 query`, checks the answers and compares the fleet with every single expert.
Needs nothing but the standard library. Leaves no process and no file behind unless --keep is given.
"""
import argparse
import concurrent.futures
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True
from fleet import EXPERTS, ROOT, DemoFleet, FleetError, questions, read_json  # noqa: E402

STATE = ROOT / ".demo"
PLANS_REST_S = 1.5
STOP_LIMIT_S = 15
TOOL_LIMIT_S = 120
KEPT_PORTS = {"listen": 7700, "http": 8080, "admin": 9464}
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main():
    options = parse()
    if options.stop:
        return stop_kept()
    demo = Demo(options.programs, kept_ports=options.ports if options.keep else None)
    try:
        for number in ENDING_SIGNALS:
            signal.signal(number, Interrupts.arrived)
        with report_file(options.json) as file:
            demo.start()
            report = demo.compare_all()
            if file:
                file.write(json.dumps(report, indent=1) + "\n")
        if options.keep:
            demo.keep()
        return 0 if report["fleet_accuracy"] > report["best_single_accuracy"] else 1
    except (FleetError, subprocess.TimeoutExpired) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: interrupted", file=sys.stderr)
        return 130
    finally:
        if not demo.kept:
            demo.stop()


def report_file(path):
    """The file for the report, opened before any work is done for it."""
    try:
        return open(path, "w") if path else contextlib.nullcontext()
    except OSError as error:
        raise FleetError(f"cannot write the report: {error}") from error


class Interrupts:
    """Turns signals into KeyboardInterrupt, but never between the start of a process and the note of its number."""
    held = False
    pending = False

    @classmethod
    def arrived(cls, *_):
        if not cls.held:
            raise KeyboardInterrupt
        cls.pending = True

    @classmethod
    @contextlib.contextmanager
    def hold(cls):
        if threading.current_thread() is not threading.main_thread():
            yield  # Python runs signal handlers in the main thread only.
            return
        cls.held = True
        try:
            yield
        finally:
            cls.held = False
        if cls.pending:
            raise KeyboardInterrupt


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", help="the folder that holds moe2, moe2-agent and moe2-gate")
    parser.add_argument("--json", help="write a report to this file")
    parser.add_argument("--keep", action="store_true", help="leave the fleet running")
    parser.add_argument("--ports", nargs=3, type=int, metavar=("WIRE", "HTTP", "ADMIN"), default=list(KEPT_PORTS.values()),
                        help="where a fleet that is left running listens (7700 8080 9464)")
    parser.add_argument("--stop", action="store_true", help="end a fleet that was left running")
    options = parser.parse_args()
    if not options.stop and not options.programs:
        parser.error("--programs is needed; `make demo` gives it")
    return options


class Demo(DemoFleet):
    """A gate, its agents and their model servers: all children of this process."""

    def __init__(self, programs, kept_ports=None):
        self.owns_state = False
        self.kept = False
        super().__init__(programs, STATE, session={"report_interval": "1s", "timeout": "5s"}, log={"level": "info"})
        # Well-known ports for a fleet that is kept, free ones otherwise.
        self.ports = dict(zip(KEPT_PORTS, kept_ports or (0, 0, 0)))

    def make_folder(self):
        """It may be another demo's: it is made when it is claimed."""

    # -- life of the fleet

    def start(self):
        self.claim_state()
        began = time.monotonic()
        print("Training the gate on the experts' calibration outcomes …", flush=True)
        self.train()
        self.start_gate()
        for name in self.names:
            self.start_expert(name)
        self.wait_for_plans()
        print(f"{len(self.names)} experts on {len(self.names)} agents are ready "
              f"after {time.monotonic() - began:.1f} s.\n", flush=True)

    def claim_state(self):
        """Takes the folder for files; ends what a demo that was killed has left."""
        left = read_json(STATE / "pids.json")
        if left and left["kept"] and any(is_ours(pid) for pid in left["children"]):
            raise FleetError("a demo that was kept still runs; end it with `make demo-stop`")
        if left and alive(left["owner"]) and left["owner"] != os.getpid():
            raise FleetError(f"another demo runs, process {left['owner']}; wait for it or interrupt it")
        if left:
            end([pid for pid in left["children"] if is_ours(pid)])
        shutil.rmtree(STATE, ignore_errors=True)
        STATE.mkdir()
        self.owns_state = True
        self.note_processes()

    def note_processes(self):
        note = {"owner": os.getpid(), "kept": self.kept, "children": [child.pid for child in self.processes.values()]}
        (STATE / "pids.json").write_text(json.dumps(note))

    def wait_for_plans(self):
        """Until every expert is ready and the planner has nothing to change: it plans anew with every one that joins."""
        seen = {"plans": None, "since": 0.0}

        def ready():
            if len(self.ready_experts()) != len(self.names):
                return None
            plans = {plan["category"]: plan["active_set"] for plan in json.loads(self.tool("fleet", "--json"))["plans"]}
            if plans != seen["plans"]:
                seen.update(plans=plans, since=time.monotonic())
            return plans and time.monotonic() - seen["since"] > PLANS_REST_S

        return self.wait_for(ready, "every expert")

    def spawn(self, *arguments):
        with Interrupts.hold():
            super().spawn(*arguments)
            self.note_processes()

    def keep(self):
        self.kept = True
        self.note_processes()
        tool = os.path.relpath(self.programs / "moe2")
        print(f"""
The fleet goes on running. Try:
  export MOE2_TOKEN=demo MOE2_GATE={self.wire}
  {tool} query --explain "37+48"
  {tool} query --max-energy 10mJ "rev abcde"
  {tool} chat
  {tool} fleet --watch
  {tool} plan
  curl -s http://127.0.0.1:{self.ports['http']}/v1/chat/completions -H 'authorization: Bearer demo' \\
    -d '{{"model":"moe2","messages":[{{"role":"user","content":"37+48"}}]}}'
The dashboard is at http://127.0.0.1:{self.ports['admin']}/. To serve a model of your own, put its GGUF file into the line "model" of
{os.path.relpath(STATE)}/agent-*.yaml. `make demo-stop` ends the fleet.""")

    def stop(self):
        # Impatience must not leave half of it running.
        for number in ENDING_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        end([child.pid for child in self.processes.values()])
        for child in self.processes.values():
            child.wait()
        if self.owns_state:
            shutil.rmtree(STATE, ignore_errors=True)

    # -- queries

    def compare_all(self):
        """Asks every question of the fleet, then of every single expert."""
        asked = questions()
        report = {"queries": [], "experts": {}}
        print(f"{len(asked)} queries. The gate sees the prompt and a category that several experts share, never the "
              "domain; no expert was trained on these prompts.")
        print(f"{'domain':<10} {'prompt':<30} {'team':<12} {'answer':<12} {'':<6} {'time':>9} {'energy':>10}")
        for question in asked:
            answer = self.ask(question)
            report["queries"].append(answer)
            print(f"{question['domain']:<10} {question['prompt'][:30]:<30} {','.join(answer['team'])[:12]:<12} "
                  f"{answer['answer'][:12]:<12} {'right' if answer['correct'] else 'wrong':<6} "
                  f"{answer['latency_ms']:>6.1f} ms {answer['energy_j'] * 1000:>7.2f} mJ"
                  + ("" if answer["correct"] else f"  ({question['answer']} is right)"), flush=True)
        report["fleet_accuracy"] = share(report["queries"])
        self.compare(asked, report)
        return report

    def compare(self, asked, report):
        """The same queries to every single expert."""
        print("\nThe same queries to every single expert:")
        for expert in self.experts:
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                answers = list(pool.map(lambda question: self.ask(question, expert["id"]), asked))
            report["experts"][expert["id"]] = {
                "accuracy": share(answers),
                "energy_j": sum(answer["energy_j"] for answer in answers),
                "parameters": expert["parameters"],
            }
        report["best_single_accuracy"] = max(e["accuracy"] for e in report["experts"].values())
        rows = [(name, e["accuracy"], e["energy_j"]) for name, e in report["experts"].items()]
        rows.append(("the fleet", report["fleet_accuracy"], sum(q["energy_j"] for q in report["queries"])))
        for name, accuracy, energy in rows:
            print(f"  {name:<12} {accuracy:>6.1%} {'#' * round(accuracy * 40):<40} {energy * 1000:8.1f} mJ")
        print(f"\nThe fleet answers {report['fleet_accuracy']:.1%} right, the best single expert "
              f"{report['best_single_accuracy']:.1%}. {energy_note(report['queries'])}")

    def ask(self, question, expert=None):
        only = ["--expert", expert] if expert else []
        done = self.run("query", "--json", "--category", question["category"], "--max-latency", "20s", "--max-tokens", "32",
                         *only, question["prompt"])
        if done.returncode != 0:
            raise FleetError(f"`moe2 query` failed on {question['prompt']!r}: {done.stderr.strip()}")
        answer = json.loads(done.stdout)
        text = answer["answer"].strip()
        return {
            "id": question["id"], "domain": question["domain"], "prompt": question["prompt"],
            "expected": question["answer"], "answer": text, "correct": text == question["answer"],
            "team": [member["expert"] for member in answer["team"]],
            "weights": [member["weight"] for member in answer["team"]],
            "latency_ms": answer["measured"]["latency_ms"], "energy_j": answer["measured"]["energy_j"],
            "energy_source": answer["measured"]["energy_source"],
            "predicted_latency_ms": answer["predicted"]["latency_ms"],
            "predicted_energy_j": answer["predicted"]["energy_j"],
        }

    def run(self, *arguments, check=False, gate=None, limit=TOOL_LIMIT_S):
        """Runs `moe2` to its end, or ends it when this program is interrupted."""
        child = None
        try:
            with Interrupts.hold():
                child = subprocess.Popen([self.programs / "moe2", *map(str, arguments)], env=self.environment(gate), text=True,
                                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            output, errors = child.communicate(timeout=limit)
        finally:
            if child:
                child.kill()
                child.wait()
        if check and child.returncode != 0:
            raise FleetError(f"`moe2 {arguments[0]}` failed: {errors.strip()}")
        return subprocess.CompletedProcess(child.args, child.returncode, output, errors)


def energy_note(answers):
    sources = sorted({answer["energy_source"] for answer in answers})
    if sources == ["measured"]:
        return "The energies are measured."
    return (f"The energies are {' and '.join(sources)}: configured watts times measured time, above idle, since one "
            "machine plays all hosts.")


def share(answers):
    return sum(answer["correct"] for answer in answers) / len(answers)


def end(pids):
    """Asks the processes to end, newest first so that the agents can say goodbye to the gate, then insists."""
    for pid in reversed(pids):
        signal_process(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_LIMIT_S
    while time.monotonic() < deadline and any(alive(pid) for pid in pids):
        time.sleep(0.05)
    for pid in pids:
        if alive(pid):
            signal_process(pid, signal.SIGKILL)


def signal_process(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def alive(pid):
    """Whether the process still runs; one that ended but was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def is_ours(pid):
    """Whether the process is one that a demo started: a number may have been given to another one since."""
    try:
        return b"moe2-" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def stop_kept():
    left = read_json(STATE / "pids.json")
    if not left:
        print("demo: no demo is running")
        return 0
    if not left["kept"] and alive(left["owner"]):
        print(f"demo: process {left['owner']} still runs its queries; interrupt it instead", file=sys.stderr)
        return 1
    end([pid for pid in left["children"] if is_ours(pid)])
    shutil.rmtree(STATE, ignore_errors=True)
    print("demo: ended")
    return 0


if __name__ == "__main__":
    sys.exit(main())
