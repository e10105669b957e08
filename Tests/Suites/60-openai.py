#!/usr/bin/env python3
"""The OpenAI-compatible API and the metrics, asked by the official Python client, curl and promtool: a real gate, real
agents, real llama.cpp experts, and one expert that does as it is told."""
import base64
import json
import re
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent / "support"), str(Path(__file__).resolve().parents[2] / "demo")]
from checks import PROGRAMS, ROOT, Checks, in_environment, install, need, wait_for  # noqa: E402

in_environment(".venv-openai", "openai==3.57.0")

import openai  # noqa: E402
from fleet import EXPERTS, Fleet, llama_command  # noqa: E402
from model_server import ModelServer, vector  # noqa: E402

HELLO = [{"role": "user", "content": "37+48"}]
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}]
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def main():
    install("curl", "prometheus")
    server = ModelServer()
    with tempfile.TemporaryDirectory(prefix="moe2-openai-") as folder, Fleet(PROGRAMS, folder) as fleet:
        fleet.start_gate(categories={"general": {"team_size": 3}, "math": {"latency": "30s", "team_size": 3}},
                         store=f"{folder}/books.sqlite")
        experts = json.loads((EXPERTS / "experts.json").read_text())[:2]
        for expert in experts:
            fleet.start_agent(expert["id"], {"backend": "llama.cpp", "model": str(EXPERTS / expert["file"]), "threads": 1}
                              | llama_command())
        fleet.start_agent("stub", {"backend": "openai", "url": server.url, "model": "stub", "embeds": True})
        fleet.wait_ready(len(experts) + 1)
        checks = Checks()
        suite = Suite(fleet, server, [expert["id"] for expert in experts])
        for name in dir(suite):
            if name.startswith("test_"):
                checks.run(name[5:].replace("_", " "), getattr(suite, name))
        server.stop()
    return checks.finish()


class Suite:
    def __init__(self, fleet, server, experts):
        self.fleet = fleet
        self.server = server
        self.experts = experts
        self.client = openai.OpenAI(base_url=f"{fleet.http}/v1", api_key="demo", max_retries=0, timeout=60)
        self.chat = self.client.chat.completions

    # -- Chat

    def test_chat_answers_and_says_who_wrote_it(self):
        raw = self.chat.with_raw_response.create(model="moe2", messages=HELLO, max_tokens=16)
        answer = raw.parse()
        need(answer.choices[0].message.role == "assistant", answer)
        need(answer.choices[0].finish_reason in ("stop", "length"), answer)
        need(answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0, answer.usage)
        fleet = answer.model_extra["moe2"]
        need(abs(sum(member["weight"] for member in fleet["team"]) - 1) < 1e-9, fleet)
        need(fleet["predicted"]["latency_ms"] > 0 and fleet["measured"]["latency_ms"] > 0, fleet)
        need(fleet["measured"]["energy_source"] == "modelled", fleet)
        need(raw.headers["x-moe2-team"].startswith(fleet["team"][0]["expert"]), raw.headers)
        need(raw.headers["x-moe2-query"] == fleet["query"], raw.headers)
        need(float(raw.headers["x-moe2-energy-j"]) >= 0, raw.headers)

    def test_chat_streams(self):
        for expert in (*self.experts, "moe2"):
            whole = self.chat.create(model=expert, messages=HELLO, max_tokens=12)
            stream = self.chat.create(model=expert, messages=HELLO, max_tokens=12, stream=True,
                                      stream_options={"include_usage": True})
            chunks = list(stream)
            text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
            need(chunks[0].choices[0].delta.role == "assistant", chunks[0])
            if expert != "moe2":
                need(text == whole.choices[0].message.content, f"{text!r}, not {whole.choices[0].message.content!r}")
            need(chunks[-1].usage.completion_tokens > 0 and not chunks[-1].choices, chunks[-1])
            closing = [chunk for chunk in chunks if chunk.choices and chunk.choices[0].finish_reason]
            need(len(closing) == 1 and closing[0].model_extra["moe2"]["team"], closing)

    def test_chat_stops_where_it_is_told(self):
        whole = self.chat.create(model="stub", messages=[{"role": "user", "content": "a b c"}]).choices[0].message.content
        need(whole == "echo: a b c", whole)
        self.chat.create(model="stub", messages=HELLO, stop=["x", "y"], seed=7, temperature=0.5, top_p=0.9, max_tokens=5,
                         presence_penalty=0.25, extra_body={"top_k": 3})
        body = self.server.requests[-1][2]
        for name, value in {"stop": ["x", "y"], "seed": 7, "temperature": 0.5, "top_p": 0.9, "max_tokens": 5,
                            "presence_penalty": 0.25, "top_k": 3}.items():
            need(body.get(name) == value, f"{name}: {body.get(name)!r}, not {value!r}")
        answer = self.chat.create(model=self.experts[0], messages=HELLO, max_tokens=1)
        need(answer.choices[0].finish_reason == "length" and answer.usage.completion_tokens == 1, answer)

    def test_chat_repeats_with_a_seed(self):
        def ask(seed):
            return [choice.message.content for choice in self.chat.create(
                model=self.experts[0], messages=HELLO, seed=seed, temperature=1.5, max_tokens=12, n=2).choices]

        first = ask(5)
        need(len(first) == 2 and first == ask(5), "the same seed gives the same answers")

    def test_chat_gives_log_probabilities(self):
        answer = self.chat.create(model=self.experts[0], messages=HELLO, max_tokens=4, logprobs=True, top_logprobs=3)
        entries = answer.choices[0].logprobs.content
        need(entries and all(entry.logprob <= 0 and len(entry.top_logprobs) == 3 for entry in entries), entries)
        chunks = list(self.chat.create(model=self.experts[0], messages=HELLO, max_tokens=4, logprobs=True, top_logprobs=3,
                                       stream=True))
        streamed = [entry.token for chunk in chunks if chunk.choices and chunk.choices[0].logprobs
                    for entry in chunk.choices[0].logprobs.content]
        need(streamed == [entry.token for entry in entries], f"{streamed}, not {[entry.token for entry in entries]}")

    def test_tools_are_called(self):
        question = [{"role": "user", "content": "How is the weather in Oslo?"}]
        answer = self.chat.create(model="stub", messages=question, tools=TOOLS, tool_choice="auto")
        call = answer.choices[0].message.tool_calls[0]
        need(answer.choices[0].finish_reason == "tool_calls" and answer.choices[0].message.content is None, answer)
        need((call.function.name, json.loads(call.function.arguments)) == ("weather", {"city": "Oslo"}), call)
        with self.chat.stream(model="stub", messages=question, tools=TOOLS) as stream:
            streamed = stream.get_final_completion().choices[0].message.tool_calls[0]
        need(streamed.function.arguments == call.function.arguments and streamed.id == call.id, streamed)
        result = self.chat.create(model="stub", tools=TOOLS, messages=question + [
            answer.choices[0].message.model_dump(exclude_none=True),
            {"role": "tool", "tool_call_id": call.id, "content": "rain"}])
        need(result.choices[0].message.content == "echo: rain", result)
        sent = self.server.requests[-1][2]["messages"]
        need(sent[1]["tool_calls"][0]["id"] == call.id and sent[2]["tool_call_id"] == call.id, sent)

    def test_teams_mix_answers(self):
        answer = self.chat.create(model="moe2", messages=HELLO, max_tokens=12, extra_body={"moe2": {"mode": "vote", "k": 2}})
        fleet = answer.model_extra["moe2"]
        need(len(fleet["team"]) == 2 and len(fleet["candidates"]) >= 2 and fleet["mode"] == "vote", fleet)
        chunks = list(self.chat.create(model="moe2", messages=HELLO, max_tokens=12, stream=True,
                                       extra_body={"moe2": {"mode": "vote", "k": 2}}))
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        need(text == answer.choices[0].message.content, text)

    def test_choices_are_scored(self):
        answer = self.chat.create(model=self.experts[0], messages=HELLO, extra_body={
            "moe2": {"mode": "choice", "choices": ["85", "86", "12"]}})
        fleet = answer.model_extra["moe2"]
        need(answer.choices[0].message.content in ("85", "86", "12"), answer)
        need(abs(sum(fleet["choice_probabilities"]) - 1) < 1e-6, fleet)

    def test_budgets_and_category_come_in_headers(self):
        headers = {"x-moe2-category": "math", "x-moe2-max-energy": "1nJ"}
        error = self.fails(openai.BadRequestError, extra_headers=headers | {"x-moe2-max-energy": "1uJ"})
        need(error.code == "budget_too_small", error)
        smallest = error.body["moe2"]["smallest_energy_j"]
        answer = self.chat.create(model="moe2", messages=HELLO, max_tokens=16, extra_headers={
            "x-moe2-category": "math", "x-moe2-max-energy": f"{smallest * 1.5}J", "x-moe2-explain": "true"})
        fleet = answer.model_extra["moe2"]
        need(fleet["category"] == "math" and len(fleet["considered"]) == len(self.experts) + 1, fleet)
        need(self.fails(openai.BadRequestError, extra_headers=headers).param == "moe2.max_energy", "an unknown unit")

    # -- The other endpoints

    def test_completions_answer(self):
        answer = self.client.completions.create(model="stub", prompt=["a", "b"], n=2, echo=True)
        need([choice.text for choice in answer.choices] == ["aecho: a", "aecho: a", "becho: b", "becho: b"], answer)
        stream = list(self.client.completions.create(model="stub", prompt="a", stream=True))
        need("".join(chunk.choices[0].text for chunk in stream) == "echo: a", stream)
        scored = self.client.completions.create(model=self.experts[0], prompt="37+48", logprobs=2, max_tokens=3)
        old = scored.choices[0].logprobs
        need(len(old.tokens) == len(old.token_logprobs) == len(old.text_offset) == len(old.top_logprobs) > 0, old)
        need("".join(old.tokens).startswith(scored.choices[0].text), (old.tokens, scored.choices[0].text))

    def test_batches_are_answered_in_files(self):
        lines = [{"custom_id": f"line-{number}", "method": "POST", "url": "/v1/chat/completions", "body": {
            "model": "stub", "messages": [{"role": "user", "content": f"number {number}"}]}} for number in range(40)]
        sent = self.client.files.create(purpose="batch", file=("in.jsonl", "\n".join(map(json.dumps, lines)).encode()))
        need(sent.id in [file.id for file in self.client.files.list()], "the file is listed")
        need(self.client.files.content(sent.id).text.count("custom_id") == 40, "the file comes back")
        batch = self.client.batches.create(input_file_id=sent.id, endpoint="/v1/chat/completions", completion_window="24h",
                                           metadata={"what": "a test"})
        done = wait_for(lambda: (now := self.client.batches.retrieve(batch.id)).status == "completed" and now, "a batch", 60)
        need((done.request_counts.total, done.request_counts.completed) == (40, 40), done)
        need(done.metadata == {"what": "a test"} and batch.id in [one.id for one in self.client.batches.list()], done)
        results = [json.loads(line) for line in self.client.files.content(done.output_file_id).text.splitlines()]
        need([line["custom_id"] for line in results] == [line["custom_id"] for line in lines], "in the order of the input")
        need(all(line["response"]["body"]["choices"][0]["message"]["content"] == f"echo: number {number}"
                 for number, line in enumerate(results)), results[:2])
        need(self.client.batches.cancel(batch.id).status == "completed", "what is done stays done")
        self.client.files.delete(sent.id)
        self.raises(openai.NotFoundError, lambda: self.client.files.retrieve(sent.id))

    def test_batches_that_are_wrong_are_refused(self):
        def order(text, **settings):
            sent = self.client.files.create(purpose="batch", file=("in.jsonl", text.encode()))
            return self.raises(openai.BadRequestError, lambda: self.client.batches.create(**(
                {"input_file_id": sent.id, "endpoint": "/v1/completions", "completion_window": "24h"} | settings)))

        line = {"custom_id": "a", "method": "POST", "url": "/v1/completions", "body": {"model": "stub", "prompt": "x"}}
        need("line 2" in order(json.dumps(line) + "\n{").message, "a line that is no JSON")
        need("twice" in order("\n".join([json.dumps(line)] * 2)).message, "a name that comes twice")
        need(order(json.dumps(line), endpoint="/v1/nothing").param == "endpoint", "an unknown endpoint")
        need(order("\n").param == "input_file_id", "an empty file")
        need(order(json.dumps(line | {"body": {"model": "stub", "prompt": "x", "n": 2}})).message.count("line 1:") == 1, "n")
        self.raises(openai.BadRequestError, lambda: self.client.files.create(purpose="fine-tune", file=b"{}"))

    def test_models_are_listed(self):
        names = [model.id for model in self.client.models.list()]
        need(names[0] == "moe2" and set(names[1:]) == {*self.experts, "stub"}, names)
        need(self.client.models.retrieve(self.experts[0]).id == self.experts[0], "one model")

    def test_texts_are_embedded(self):
        for model in ("moe2", "stub"):
            reply = self.client.embeddings.create(model=model, input=["one", "two"])
            need([entry.embedding for entry in reply.data] == [vector("one"), vector("two")], reply)
        plain = self.client.embeddings.create(model="stub", input="one", encoding_format="float")
        need(plain.data[0].embedding == vector("one") and plain.usage.prompt_tokens > 0, plain)
        raw = self.post("/v1/embeddings", {"model": "stub", "input": "one", "encoding_format": "base64"})
        numbers = struct.unpack("<8f", base64.b64decode(json.loads(raw)["data"][0]["embedding"]))
        need(list(numbers) == vector("one"), numbers)
        need(self.raises(openai.NotFoundError, lambda: self.client.embeddings.create(model=self.experts[0], input="x")), "")

    # -- What goes wrong

    def test_errors_have_the_status_they_deserve(self):
        need(self.fails(openai.NotFoundError, model="nobody").code == "model_not_found", "unknown model")
        need(self.fails(openai.BadRequestError, messages=[]).param == "messages", "no messages")
        need(self.fails(openai.BadRequestError, extra_body={"colour": 1}).code == "unknown_parameter", "unknown parameter")
        need(self.fails(openai.BadRequestError, n=99).param == "n", "too many answers")
        stranger = openai.OpenAI(base_url=f"{self.fleet.http}/v1", api_key="wrong", max_retries=0)
        self.raises(openai.AuthenticationError, lambda: stranger.models.list())
        need(self.status("/v1/chat/completions", b"{" + b" " * (5 << 20)) == 413, "too large a body")
        need(self.status("/v1/chat/completions", b"{") == 400, "no JSON")
        need(self.status("/v1/nothing", b"{}") == 404, "unknown URL")
        silent = self.fails(openai.APIStatusError, model="stub", messages=[{"role": "user", "content": "say nothing"}],
                            extra_body={"moe2": {"max_latency": "2s"}})
        need(silent.status_code == 408, silent)

    def test_an_answer_that_breaks_off_says_so(self):
        answer = self.chat.create(model="stub", messages=[{"role": "user", "content": "slowly"}],
                                  extra_body={"moe2": {"max_latency": "2s"}})
        need(answer.choices[0].finish_reason == "length" and answer.choices[0].message.content.startswith("0 1 "), answer)
        need("latency limit" in answer.model_extra["moe2"]["degraded"], answer)

    def test_long_prompts_are_refused_with_the_cause(self):
        error = self.fails(openai.BadRequestError, openai.APIStatusError, model=self.experts[0],
                           messages=[{"role": "user", "content": "word " * 40_000}])
        need(error.status_code in (400, 503) and "context" in error.message, error)

    def test_a_full_expert_says_when_to_come_back(self):
        streams = [self.slow_stream() for _ in range(2)]
        try:
            error = self.fails(openai.APIStatusError, model="stub", extra_body={"moe2": {"queue": False}})
            need(error.status_code in (429, 503) and error.response.headers["retry-after"], error)
        finally:
            for stream in streams:
                stream.close()

    def test_a_client_that_goes_away_stops_its_shards(self):
        self.server.broken_off.clear()
        stream = self.slow_stream()
        stream.close()
        wait_for(self.server.broken_off.is_set, "the model server is told to stop a stream")
        for half_close in (False, True):
            self.server.broken_off.clear()
            self.server.writing.clear()
            body = json.dumps({"model": "stub", "messages": [{"role": "user", "content": "slowly"}]}).encode()
            host, port = self.fleet.http.removeprefix("http://").split(":")
            with socket.create_connection((host, int(port))) as raw:
                raw.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer demo\r\n"
                            b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
                need(self.server.writing.wait(20), "the expert writes")
                if half_close:
                    raw.shutdown(socket.SHUT_WR)
                    wait_for(self.server.broken_off.is_set, "the model server is told to stop when the client half closes")
            wait_for(self.server.broken_off.is_set, "the model server is told to stop an answer that is not streamed")
        wait_for(lambda: self.fleet.snapshot()["active"] == 0, "no query is left")

    def test_a_hostile_client_disturbs_nobody(self):
        host, port = self.fleet.http.removeprefix("http://").split(":")
        for junk in (b"\x00" * 4096, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", b"GET /" + b"a" * 90_000,
                     b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
                     b"POST /v1/chat/completions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                     b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 9999999999999\r\n\r\n{"):
            with socket.create_connection((host, int(port)), timeout=10) as raw:
                raw.sendall(junk)
                raw.shutdown(socket.SHUT_WR)
                try:
                    while raw.recv(65536):
                        pass
                except ConnectionResetError:
                    pass
        need(self.chat.create(model="moe2", messages=HELLO, max_tokens=4).choices, "an answer afterwards")

    # -- Operations

    def test_curl_streams_and_sees_the_trailers(self):
        done = subprocess.run(
            ["curl", "-sSN", "-D", "-", f"{self.fleet.http}/v1/chat/completions", "-H", "authorization: Bearer demo",
             "-H", f"traceparent: {TRACE}", "-d",
             json.dumps({"model": "stub", "stream": True, "messages": [{"role": "user", "content": "hi"}]})],
            capture_output=True, text=True, timeout=60, check=True)
        need("x-moe2-team: stub=1.000" in done.stdout and "data: [DONE]" in done.stdout, done.stdout)
        need("x-moe2-energy-j:" in done.stdout.split("[DONE]")[1].lower(), done.stdout)
        need(self.header(self.server.requests[-1], "traceparent") == TRACE, self.server.requests[-1][1])

    def test_health_needs_no_token_and_everything_else_does(self):
        for path, expected in (("/healthz", 200), ("/readyz", 200), ("/v1/models", 401)):
            need(self.status(path, None, self.fleet.http, token=None) == expected, path)
        for path, expected in (("/healthz", 200), ("/", 200), ("/metrics", 401), ("/api/fleet", 401), ("/api/live", 401)):
            need(self.status(path, None, self.fleet.admin, token=None) == expected, path)
        need(self.status("/metrics", None, self.fleet.http) == 404, "metrics are on the admin listener alone")

    def test_metrics_pass_promtool(self):
        text = self.metrics()
        done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
        need(done.returncode == 0 and not (done.stdout + done.stderr).strip(), done.stdout + done.stderr)
        need(float(re.search(r'moe2_agents\{state="up"\} (\d+)', text)[1]) == len(self.experts) + 1, "agents")
        for name in ("moe2_queries_total", "moe2_query_duration_seconds_bucket", "moe2_energy_joules_total",
                     "moe2_query_time_to_first_token_seconds_bucket", "moe2_tokens_total", "moe2_plan_changes_total",
                     "moe2_plan_gap_ratio", "moe2_expert_breaker_state", "moe2_expert_queue_length", "moe2_host_power_watts",
                     "moe2_query_budget_violations_total", "moe2_shard_starts_total", "moe2_http_requests_total"):
            need(re.search(rf"^{name}(\{{| )", text, re.M), name)

    def test_metrics_do_not_grow_with_hostile_categories(self):
        for number in range(80):
            try:
                self.chat.create(model="moe2", messages=HELLO, max_tokens=1, extra_body={
                    "moe2": {"category": f"made-up-{number}", "max_energy": "1uJ"}})
            except openai.BadRequestError:
                pass
        categories = set(re.findall(r'moe2_queries_total\{category="([^"]+)"', self.metrics()))
        need(len(categories) <= 65 and "other" in categories, f"{len(categories)} categories")

    def test_alerts_and_dashboard_name_metrics_that_exist(self):
        folder = ROOT / "docs" / "operations"
        subprocess.run(["promtool", "check", "rules", folder / "alerts.yaml"], check=True, capture_output=True)
        known = set(re.findall(r"^# TYPE (\S+)", self.metrics(), re.M))
        used = set(re.findall(r"\bmoe2_\w+", (folder / "alerts.yaml").read_text()
                              + (folder / "grafana-dashboard.json").read_text())) - {"moe2_fleet"}
        base = {re.sub(r"_(bucket|sum|count)$", "", name) if name not in known else name for name in used}
        need(base <= known, f"unknown metrics: {base - known}")

    def test_logs_are_json_without_prompts(self):
        secret = f"secret {time.time_ns()}"
        answer = self.chat.create(model="stub", messages=[{"role": "user", "content": secret}])
        query = answer.model_extra["moe2"]["query"]
        lines = wait_for(lambda: [json.loads(line) for line in self.fleet.log("gate").splitlines()
                                  if f'"query":"{query}"' in line], "a log line with the query's id")
        need(lines[0]["level"] == "info" and lines[0]["time"].endswith("Z"), lines)
        need(all(json.loads(line) for line in self.fleet.log("gate").splitlines()), "every line is JSON")
        need(secret not in self.fleet.log("gate") + self.fleet.log("agent-stub"), "the prompt is in a log")

    # -- Small things

    def slow_stream(self):
        stream = self.chat.create(model="stub", messages=[{"role": "user", "content": "slowly"}], stream=True)
        next(iter(stream))
        return stream

    def fails(self, *kinds, **arguments):
        return self.raises(kinds, lambda: self.chat.create(**({"model": "moe2", "messages": HELLO} | arguments)))

    def raises(self, kinds, body):
        try:
            body()
        except kinds as error:
            return error
        raise AssertionError(f"nothing was raised, not even {kinds}")

    def metrics(self):
        request = urllib.request.Request(f"{self.fleet.admin}/metrics", headers={"authorization": "Bearer demo"})
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.read().decode()

    def post(self, path, body):
        request = urllib.request.Request(self.fleet.http + path, data=json.dumps(body).encode(),
                                         headers={"authorization": "Bearer demo"})
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.read()

    def status(self, path, body, base=None, token="demo"):
        request = urllib.request.Request((base or self.fleet.http) + path, data=body)
        if token:
            request.add_header("authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return reply.status
        except urllib.error.HTTPError as error:
            return error.code

    def header(self, request, name):
        return {key.lower(): value for key, value in request[1].items()}.get(name)


if __name__ == "__main__":
    sys.exit(main())
