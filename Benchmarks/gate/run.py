#!/usr/bin/env python3
"""What the gate adds to talking to a model server directly, beside nginx and LiteLLM, in one run.

wrk asks POST /v1/chat/completions, not streamed, of an instant model server (nginx with a fixed answer): directly, through
an nginx proxy, through LiteLLM, and through gate and agent; gate-bench asks the gate over the client protocol. Beside them a
server that does nothing but answer, made with the gate's HTTP library. All run at the same time and are asked in turn, in
several rounds: reported are the most requests/s, the least p50 and p99, and the median of the CPU time that the proxy itself
takes per request. Wall times of a shared machine mean little, CPU times and ratios more.

    Benchmarks/gate/run.py --programs .build/release [--seconds 3] [--rounds 3] [--without litellm] [--json FILE]
"""
import argparse
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "demo"))
from fleet import Fleet  # noqa: E402

CLIENTS = (1, 16, 128)
LITELLM = "litellm[proxy]==1.106.2"
TICK = os.sysconf("SC_CLK_TCK")
ANSWER = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "instant", "choices": [
    {"index": 0, "message": {"role": "assistant", "content": "The answer is 85."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 12, "completion_tokens": 6, "total_tokens": 18}}
STREAM = "".join(f"data: {json.dumps(chunk)}\\n\\n" for chunk in (
    {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "instant", "choices": [
        {"index": 0, "delta": {"role": "assistant", "content": "The answer is 85."}, "finish_reason": None}]},
    {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "instant", "choices": [
        {"index": 0, "delta": {}, "finish_reason": "stop"}]},
    {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "instant", "choices": [],
     "usage": ANSWER["usage"]})) + "data: [DONE]\\n\\n"
MODELS = {"object": "list", "data": [{"id": "instant", "object": "model"}]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", default=ROOT / ".build" / "release")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without", action="append", default=[], choices=["litellm", "nginx", "hummingbird", "moe2", "wire"])
    parser.add_argument("--json")
    options = parser.parse_args()
    subprocess.run([ROOT / "scripts" / "setup.sh", "nginx", "wrk"], check=True)
    with tempfile.TemporaryDirectory(prefix="moe2-bench-") as folder, Bench(Path(folder), options.seconds) as bench:
        model = bench.model_server()
        ways = {"direct": lambda: (f"{model}/v1", [], {}), "nginx": lambda: bench.nginx_proxy(model),
                "hummingbird": lambda: bench.hummingbird(options.programs),
                "moe2": lambda: bench.fleet(model, options.programs), "wire": lambda: bench.wire(), "litellm": lambda: bench.litellm(model)}
        if "moe2" in options.without:
            ways.pop("wire")
        rows = bench.measure({name: start() for name, start in ways.items() if name not in options.without}, options.rounds)
    report(rows)
    if options.json:
        Path(options.json).write_text(json.dumps(rows, indent=1) + "\n")


class Bench:
    def __init__(self, folder, seconds):
        self.folder = folder
        self.seconds = seconds
        self.children = []
        self.running_fleet = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.running_fleet:
            self.running_fleet.stop()
        for child in reversed(self.children):
            child.terminate()
            child.wait()

    # -- The candidates: the address, the processes whose CPU time counts by name, and headers

    def model_server(self):
        port = free_port()
        self.nginx("model", f"""
            server {{
                listen 127.0.0.1:{port} backlog=1024;
                default_type application/json;
                location = /v1/chat/completions {{ return 200 '{json.dumps(ANSWER)}'; }}
                location = /agent/v1/chat/completions {{ default_type text/event-stream; return 200 '{STREAM}'; }}
                location ~ /v1/models$ {{ return 200 '{json.dumps(MODELS)}'; }}
                location ~ /health$ {{ return 200 '{{}}'; }}
            }}""")
        return wait_for_port(f"http://127.0.0.1:{port}", "/v1/models")

    def nginx_proxy(self, model):
        port = free_port()
        child = self.nginx("proxy", f"""
            upstream model {{ server {model.removeprefix("http://")}; keepalive 128; }}
            server {{
                listen 127.0.0.1:{port} backlog=1024;
                location / {{ proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection ""; }}
            }}""")
        return wait_for_port(f"http://127.0.0.1:{port}", "/v1/models") + "/v1", [("nginx", child.pid)], {}

    def hummingbird(self, programs):
        """The HTTP library of the gate, which answers by itself."""
        port = free_port()
        child = subprocess.Popen([Path(programs) / "hummingbird-bench", str(port), json.dumps(ANSWER)])
        self.children.append(child)
        return wait_for_port(f"http://127.0.0.1:{port}", "/") + "/v1", [("hummingbird", child.pid)], {}

    def fleet(self, model, programs):
        fleet = self.running_fleet = Fleet(programs, self.folder / "fleet")
        fleet.start_gate(log={"level": "warning"})
        fleet.start_agent("instant", {"backend": "openai", "url": f"{model}/agent", "model": "instant", "slots": 64},
                          log={"level": "warning"})
        fleet.wait_ready(1)
        self.parts = [(name, process.pid) for name, process in fleet.processes.items()]
        return f"{fleet.http}/v1", self.parts, {"Authorization": "Bearer demo"}

    def wire(self):
        """The same gate and agent, over the client protocol."""
        return self.running_fleet.wire, self.parts, {}

    def litellm(self, model):
        python = ROOT / ".venv-litellm" / "bin" / "python3"
        if not python.exists():
            print("installing LiteLLM …", flush=True)
            subprocess.run([sys.executable, "-m", "venv", ROOT / ".venv-litellm"], check=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", LITELLM], check=True)
        configuration = self.folder / "litellm.yaml"
        configuration.write_text(json.dumps({
            "model_list": [{"model_name": "moe2", "litellm_params": {
                "model": "openai/instant", "api_base": f"{model}/v1", "api_key": "none"}}],
            "general_settings": {"master_key": "sk-bench"}}))
        port = free_port()
        with open(self.folder / "litellm.log", "wb") as log:
            child = subprocess.Popen([python.parent / "litellm", "--config", configuration, "--host", "127.0.0.1", "--port", str(port),
                                      "--num_workers", "1"], stdout=log, stderr=log,
                                     env=os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"})
        self.children.append(child)
        address = wait_for_port(f"http://127.0.0.1:{port}", "/health/liveliness", 120)
        return f"{address}/v1", [("litellm", child.pid)], {"Authorization": "Bearer sk-bench"}

    def nginx(self, name, servers):
        path = self.folder / f"{name}.conf"
        path.write_text(f"""
            worker_processes 1; daemon off; pid {self.folder}/{name}.pid; error_log {self.folder}/{name}.err error;
            events {{ worker_connections 4096; }}
            http {{ access_log off; keepalive_requests 1000000; client_body_temp_path {self.folder}/{name}-body; {servers} }}""")
        child = subprocess.Popen(["nginx", "-c", path, "-p", self.folder])
        self.children.append(child)
        return child

    # -- Measuring

    def measure(self, ways, rounds):
        scripts = {name: self.script(name, headers) for name, (_, _, headers) in ways.items()}
        for name, (url, _, _) in ways.items():
            self.load(name, url, scripts[name], 4, 2)  # Warm up.
        rows = []
        for clients in CLIENTS:
            runs = {name: [] for name in ways}
            for _ in range(rounds):
                for name, (url, processes, _) in ways.items():
                    before = {part: cpu_seconds(pid) for part, pid in processes}
                    result = self.load(name, url, scripts[name], clients, self.seconds)
                    result["cpu_us"] = {part: (cpu_seconds(pid) - before[part]) / max(1, result["requests"]) * 1e6
                                        for part, pid in processes}
                    runs[name].append(result)
                    print(json.dumps({"name": name, "clients": clients} | result), flush=True)
            rows += [{"name": name, "clients": clients} | summary(results) for name, results in runs.items()]
        return rows

    def script(self, name, headers):
        script = self.folder / f"{name}.lua"
        lines = "".join(f'wrk.headers["{key}"] = "{value}"\n' for key, value in headers.items())
        body = json.dumps({"model": "moe2", "messages": [{"role": "user", "content": "What is 37+48?"}], "max_tokens": 16})
        script.write_text(f'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n{lines}wrk.body = [[{body}]]\n')
        return script

    def load(self, name, url, script, clients, seconds):
        if name != "wire":
            return self.wrk(url, script, clients, seconds)
        done = subprocess.run([self.running_fleet.programs / "gate-bench", url, "demo", str(clients), str(seconds)],
                              capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    def wrk(self, url, script, clients, seconds):
        done = subprocess.run(["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s", "--latency", "-s", script,
                               f"{url}/chat/completions"], capture_output=True, text=True, check=True)
        text = done.stdout
        find = lambda pattern: re.search(pattern, text)  # noqa: E731
        bad = find(r"Non-2xx or 3xx responses: (\d+)")
        broken = find(r"Socket errors: (.*)")
        if bad or (broken and re.search(r"[1-9]", broken[1])):
            print(f"# {url} with {clients} clients: {bad[0] if bad else ''} {broken[0] if broken else ''}", flush=True)
        return {"requests": int(find(r"(\d+) requests in")[1]), "failed": int(bad[1]) if bad else 0,
                "per_second": round(float(find(r"Requests/sec:\s+([\d.]+)")[1]), 1),
                "p50_us": microseconds(find(r"(?m)^\s+50%\s+(\S+)")[1]), "p99_us": microseconds(find(r"(?m)^\s+99%\s+(\S+)")[1])}


def summary(runs):
    """The best of the wall times, which others on the machine only make worse, and the median of the CPU times."""
    return {
        "requests": sum(run["requests"] for run in runs), "failed": sum(run["failed"] for run in runs),
        "per_second": max(run["per_second"] for run in runs),
        "p50_us": min((run["p50_us"] for run in runs if run["requests"]), default=0),
        "p99_us": min((run["p99_us"] for run in runs if run["requests"]), default=0),
        "cpu_us": {part: round(statistics.median(run["cpu_us"][part] for run in runs), 1) for part in runs[0]["cpu_us"]},
    }


def microseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return round(float(number) * {"us": 1, "ms": 1e3, "s": 1e6, "m": 6e7}[unit])


def cpu_seconds(pid):
    """User and system time of a process and its children that run."""
    total = 0.0
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / TICK
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                total += cpu_seconds(int(child))
    except FileNotFoundError:
        pass
    return total


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(address, path, limit=20):
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address + path, timeout=5).read()
            return address
        except urllib.error.HTTPError:
            return address
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{address}{path} does not answer after {limit} s")


def report(rows):
    direct = {row["clients"]: row for row in rows if row["name"] == "direct"}
    print(f"\n| {'':<8} | clients | requests/s | p50 | p99 | added p50 | CPU per request |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        base = direct.get(row["clients"])
        added = f"{(row['p50_us'] - base['p50_us']) / 1e3:.2f} ms" if base and base is not row else ""
        spent = ", ".join(f"{part} {value:.0f} µs" for part, value in row["cpu_us"].items())
        print(f"| {row['name']:<8} | {row['clients']} | {row['per_second']:.0f} | {row['p50_us'] / 1e3:.2f} ms "
              f"| {row['p99_us'] / 1e3:.2f} ms | {added} | {spent} |")


if __name__ == "__main__":
    sys.exit(main())
