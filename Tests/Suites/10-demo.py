#!/usr/bin/env python3
"""The demo, as a stranger runs it: its report, its end, and a fleet that loses an agent in the middle of its work.

Real programs, real model servers. Says "N passed, N failed" and exits 0 when all passed.
MOE2_PROGRAMS names a folder with moe2, moe2-agent and moe2-gate; without it the debug programs are built.
"""
import concurrent.futures
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
RUN_LIMIT_S = 300

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True
from support.checks import need, programs  # noqa: E402

specification = importlib.util.spec_from_file_location("demo", ROOT / "demo" / "demo.py")
demo = importlib.util.module_from_spec(specification)
specification.loader.exec_module(demo)


def processes_of_the_fleet():
    """Processes of this checkout's demo: those that name its folder of files or its models."""
    marks = (str(demo.STATE).encode(), str(demo.EXPERTS).encode())
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if any(mark in command for mark in marks):
            found.append(f"{entry.name}: {command.replace(bytes(1), b' ').decode(errors='replace')}")
    return found


def check_nothing_is_left(within_s=5):
    deadline = time.monotonic() + within_s
    while processes_of_the_fleet() and time.monotonic() < deadline:
        time.sleep(0.05)
    need(not processes_of_the_fleet(), f"processes are left: {processes_of_the_fleet()}")
    need(not demo.STATE.exists(), f"{demo.STATE} is left")


def command(*arguments):
    return [sys.executable, str(ROOT / "demo" / "demo.py"), "--programs", str(PROGRAMS), *map(str, arguments)]


def the_fleet_wins_and_the_report_is_complete():
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.json"
        done = subprocess.run(command("--json", file), capture_output=True, text=True, timeout=RUN_LIMIT_S)
        need(done.returncode == 0, f"status {done.returncode}: {done.stdout[-2000:]} {done.stderr[-2000:]}")
        report = json.loads(file.read_text())
    experts = {expert["id"] for expert in json.loads((demo.EXPERTS / "experts.json").read_text())}
    queries = report["queries"]
    need(len(queries) >= 24, f"{len(queries)} queries")
    need(len({query["domain"] for query in queries}) >= 4, "fewer than four domains")
    need(set(report["experts"]) == experts, f"the report is about {sorted(report['experts'])}")
    for query in queries:
        need(set(query["team"]) <= experts and query["team"], f"team {query['team']}")
        need(abs(sum(query["weights"]) - 1) < 1e-6, f"weights {query['weights']}")
        need(0 < query["latency_ms"] < 20_000, f"latency {query['latency_ms']} ms")
        need(0 < query["energy_j"] < 100, f"energy {query['energy_j']} J")
        need(query["energy_source"] in ("measured", "modelled"), f"energy source {query['energy_source']}")
        need(query["correct"] == (query["answer"] == query["expected"]), f"{query['id']} is marked wrongly")
    share = sum(query["correct"] for query in queries) / len(queries)
    need(abs(report["fleet_accuracy"] - share) < 1e-9, "the fleet's accuracy is not that of its answers")
    best = max(expert["accuracy"] for expert in report["experts"].values())
    need(abs(report["best_single_accuracy"] - best) < 1e-9, "the best single expert is not the best one")
    need(share >= best + 0.1, f"the fleet answers {share:.1%}, the best single expert {best:.1%}")
    need(len({name for query in queries for name in query["team"]}) >= 4, "fewer than four experts were asked")
    need(f"{share:.1%}" in done.stdout, "the fleet's accuracy is not printed")
    check_nothing_is_left()


def interrupted_after(line, number):
    """Starts the demo, interrupts it once it printed `line`, and looks for what is left."""
    child = subprocess.Popen(command(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    timer = threading.Timer(RUN_LIMIT_S, child.kill)
    timer.start()
    try:
        for printed in child.stdout:
            if line in printed:
                break
        else:
            raise AssertionError(f"the demo never printed {line!r}: {child.stderr.read()[-2000:]}")
        child.send_signal(number)
        _, errors = child.communicate()
    finally:
        timer.cancel()
        child.kill()
        child.wait()
    need(child.returncode == 130, f"status {child.returncode}: {errors[-2000:]}")
    need("interrupted" in errors and "Traceback" not in errors, errors[-2000:])
    check_nothing_is_left()


def an_interrupt_while_it_starts_leaves_nothing():
    interrupted_after("Training the gate", signal.SIGINT)


def an_interrupt_while_the_agents_start_leaves_nothing():
    for expert in ("arith", "north", "generalist"):
        child = subprocess.Popen(command(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            deadline = time.monotonic() + RUN_LIMIT_S
            while not (demo.STATE / f"agent-{expert}.yaml").exists():
                need(time.monotonic() < deadline and child.poll() is None, "no agent was started")
                time.sleep(0.002)
            child.send_signal(signal.SIGINT)
            _, errors = child.communicate(timeout=60)
        finally:
            child.kill()
            child.wait()
        need(child.returncode == 130 and "Traceback" not in errors, f"status {child.returncode}: {errors[-2000:]}")
        check_nothing_is_left()


def an_interrupt_in_the_middle_leaves_nothing():
    interrupted_after(" ms ", signal.SIGINT)


def a_termination_in_the_middle_leaves_nothing():
    interrupted_after(" ms ", signal.SIGTERM)


def a_killed_demo_is_cleared_away_by_the_next():
    child = subprocess.Popen(command(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        while " ms " not in (printed := child.stdout.readline()):
            need(printed, "the demo ended before its first answer")
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    need(processes_of_the_fleet(), "a killed demo cannot have ended its fleet")
    stopped = subprocess.run(command("--stop"), capture_output=True, text=True, timeout=60)
    need(stopped.returncode == 0, stopped.stderr)
    check_nothing_is_left()


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def a_kept_fleet_answers_until_it_is_stopped():
    ports = free_ports(3)
    done = subprocess.run(command("--keep", "--ports", *ports), capture_output=True, text=True, timeout=RUN_LIMIT_S)
    try:
        need(done.returncode == 0, f"status {done.returncode}: {done.stderr[-2000:]}")
        need("demo-stop" in done.stdout, "it does not say how to end it")
        environment = os.environ | {"MOE2_GATE": f"tcp://127.0.0.1:{ports[0]}", "MOE2_TOKEN": "demo"}
        asked = subprocess.run([PROGRAMS / "moe2", "query", "37+48"], env=environment, capture_output=True, text=True,
                               timeout=60)
        need(asked.stdout.strip() == "85", f"{asked.stdout!r} {asked.stderr!r}")
        second = subprocess.run(command(), capture_output=True, text=True, timeout=60)
        need(second.returncode == 1 and "demo-stop" in second.stderr, f"a second demo: {second.stderr!r}")
    finally:
        stopped = subprocess.run(command("--stop"), capture_output=True, text=True, timeout=60)
    need(stopped.returncode == 0, stopped.stderr)
    check_nothing_is_left()


def a_report_that_cannot_be_written_is_said_at_once():
    done = subprocess.run(command("--json", "/nonexistent/report.json"), capture_output=True, text=True, timeout=30)
    need(done.returncode == 1 and "cannot write the report" in done.stderr, done.stderr)
    check_nothing_is_left()


def an_agent_killed_in_the_middle_loses_no_query():
    fleet = demo.Demo(PROGRAMS)
    try:
        fleet.start()
        questions = [json.loads(line) for line in (demo.EXPERTS / "demo.jsonl").read_text().splitlines()]
        arithmetic = [question for question in questions if question["domain"] == "arith"]
        asked = [question for question in arithmetic if fleet.ask(question)["team"] == ["arith"]] * 20
        need(asked, "the gate sends no arithmetic to its expert")
        victim = fleet.processes["agent-arith"]
        answered = threading.Semaphore(0)

        def ask(question):
            try:
                return fleet.ask(question)
            finally:
                answered.release()

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            waiting = [pool.submit(ask, question) for question in asked]
            for _ in range(8):
                answered.acquire(timeout=60)
            victim.kill()
            victim.wait()
            # A query that is not answered raises here with what `moe2 query` said.
            answers = [future.result(timeout=RUN_LIMIT_S) for future in waiting]
        del fleet.processes["agent-arith"]
        need(len(answers) == len(asked) and all(answer["team"] for answer in answers), "a query was lost")
        teams = [answer["team"][0] for answer in answers]
        need("arith" in teams and teams[-1] != "arith", f"nobody took over: {teams}")
        model = str(demo.EXPERTS / "arith.gguf")
        deadline = time.monotonic() + 5
        while any(model in process for process in processes_of_the_fleet()):
            need(time.monotonic() < deadline, "the killed agent's model server goes on running")
            time.sleep(0.05)
    finally:
        fleet.stop()
        for number in demo.ENDING_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
    check_nothing_is_left()


TESTS = [
    a_report_that_cannot_be_written_is_said_at_once,
    the_fleet_wins_and_the_report_is_complete,
    an_interrupt_while_it_starts_leaves_nothing,
    an_interrupt_while_the_agents_start_leaves_nothing,
    an_interrupt_in_the_middle_leaves_nothing,
    a_termination_in_the_middle_leaves_nothing,
    a_killed_demo_is_cleared_away_by_the_next,
    a_kept_fleet_answers_until_it_is_stopped,
    an_agent_killed_in_the_middle_loses_no_query,
]


def main():
    failed = 0
    for test in TESTS:
        name = test.__name__.replace("_", " ")
        began = time.monotonic()
        try:
            test()
            print(f"ok   {name} ({time.monotonic() - began:.0f} s)", flush=True)
        except Exception:
            failed += 1
            print(f"FAIL {name}\n{traceback.format_exc()}", flush=True)
    print(f"{len(TESTS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    subprocess.run([str(ROOT / "Experts" / "setup.sh"), str(ROOT / ".venv")], check=True)
    PROGRAMS = programs()
    sys.exit(main())
