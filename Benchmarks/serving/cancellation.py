"""How long after a client gives up its model server stops writing: timestamps at both ends, on a real llama.cpp server.

The demo's model is told that its context is long and that it has another token for the end, so that it would write for seconds. The server's own log says when it stopped
and after how many tokens.
"""
import argparse
import json
import re
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "demo"))
from fleet import EXPERTS, TOKEN, Fleet, llama_command  # noqa: E402

CONTEXT = 32768
WAYS = ("connection closed", "moe2 query interrupted")
LIMIT_S = 60


class Server:
    """A llama.cpp server whose log lines are stamped as they come."""

    def __init__(self, folder, port):
        model = folder / "long.gguf"
        data = (EXPERTS / "generalist.gguf").read_bytes()
        beginning = number(data, b"tokenizer.ggml.bos_token_id")
        data = with_number(data, b"llama.context_length", CONTEXT)
        data = data.replace(b"<|endoftext|>", b"<|carry-on!|>")
        model.write_bytes(with_number(data, b"tokenizer.ggml.eos_token_id", beginning))
        command = llama_command().get("command", ["llama-server"])
        self.process = subprocess.Popen([*command, "-m", str(model), "--host", "127.0.0.1", "--port", str(port), "-c", str(CONTEXT),
                                         "-np", "1", "-t", "1"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.stops = []
        self.listening = threading.Event()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            now = time.time()
            if "listening" in line:
                self.listening.set()
            if found := re.search(r"stop processing: n_tokens = (\d+)", line):
                self.stops.append((now, int(found[1])))

    def stop(self):
        self.process.terminate()
        self.process.wait()


def number(model, key):
    """The 32-bit number called `key` in a GGUF file."""
    kind, value = struct.unpack_from("<II", model, model.index(key) + len(key))
    assert kind == 4, f"{key} is no 32-bit number"
    return value


def with_number(model, key, value):
    """The GGUF file with another number called `key`."""
    number(model, key)
    place = model.index(key) + len(key) + 4
    return model[:place] + struct.pack("<I", value) + model[place + 4:]


def give_up(way, fleet, programs):
    """Asks, reads a little, gives up, and returns when."""
    if way == WAYS[0]:
        body = json.dumps({"model": "moe2", "messages": [{"role": "user", "content": "rev abc"}], "stream": True,
                           "max_tokens": 30000}).encode()
        place = urlsplit(fleet.http)
        with socket.create_connection((place.hostname, place.port)) as client:
            client.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost: moe2\r\ncontent-type: application/json\r\nauthorization: Bearer "
                           + TOKEN.encode() + b"\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
            received = b""
            while received.count(b"data:") < 20:
                piece = client.recv(65536)
                assert piece, f"the answer ended: {received[-500:]}"
                received += piece
            now = time.time()
        return now
    child = subprocess.Popen([programs / "moe2", "query", "--gate", fleet.wire, "--max-tokens", "30000", "rev abc"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"MOE2_TOKEN": TOKEN})
    child.stdout.read(40)
    now = time.time()
    child.send_signal(signal.SIGINT)
    child.wait()
    return now


def measure(programs, trials, ways=WAYS):
    """Milliseconds until the server stopped and the tokens that it had written, by way."""
    results = {way: [] for way in ways}
    with tempfile.TemporaryDirectory(prefix="moe2-cancel-") as folder:
        folder = Path(folder)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = Server(folder, port)
        try:
            assert server.listening.wait(LIMIT_S), "the model server does not listen"
            with Fleet(programs, folder / "fleet") as fleet:
                fleet.start_gate(log={"level": "warning"})
                fleet.start_agent("long", {"backend": "openai", "url": f"http://127.0.0.1:{port}", "slots": 1}, log={"level": "warning"})
                fleet.wait_ready(1)
                for _ in range(trials):
                    for way in ways:
                        known = len(server.stops)
                        asked = give_up(way, fleet, Path(programs))
                        deadline = time.monotonic() + LIMIT_S
                        while len(server.stops) == known and time.monotonic() < deadline:
                            time.sleep(0.002)
                        stopped, tokens = server.stops[known]
                        assert tokens < CONTEXT - 100, "it wrote to its end"
                        results[way].append(((stopped - asked) * 1e3, tokens))
        finally:
            server.stop()
    return results


def report(results):
    lines = ["| the client | trials | least | median | most | tokens written, of some 30,000 |", "|---|---|---|---|---|---|"]
    for way, stops in results.items():
        times = sorted(time for time, _ in stops)
        lines.append(f"| {way} | {len(times)} | {times[0]:.1f} ms | {statistics.median(times):.1f} ms | {times[-1]:.1f} ms "
                     f"| {max(tokens for _, tokens in stops)} at most |")
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", required=True)
    parser.add_argument("--trials", type=int, default=30)
    options = parser.parse_args()
    print(report(measure(options.programs, options.trials, WAYS)))
