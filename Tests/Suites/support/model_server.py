"""An OpenAI-compatible model server that does as it is told, for what tiny models cannot do on demand: call a tool, embed,
write slowly. It remembers what it was asked and which answers were broken off."""
import hashlib
import http.server
import json
import threading
import time


class ModelServer:
    def __init__(self):
        self.requests = []
        self.broken_off = threading.Event()
        self.writing = threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def stop(self):
        self.server.shutdown()

    def handler(owner):
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def reply(self, body, kind="application/json"):
                self.send_response(200)
                self.send_header("content-type", kind)
                if body is not None:
                    self.send_header("content-length", str(len(body)))
                self.end_headers()
                if body is not None:
                    self.wfile.write(body)

            def do_GET(self):
                self.reply(json.dumps({"object": "list", "data": [{"id": "stub", "object": "model"}]}).encode())

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                owner.requests.append((self.path, dict(self.headers.items()), body))
                if self.path.endswith("/embeddings"):
                    texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
                    data = [{"object": "embedding", "index": i, "embedding": vector(text)} for i, text in enumerate(texts)]
                    return self.reply(json.dumps({"data": data, "usage": {"prompt_tokens": 3, "total_tokens": 3}}).encode())
                self.reply(None, "text/event-stream")
                try:
                    for chunk in owner.chunks(body):
                        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
                        self.wfile.flush()
                    self.wfile.write(b"data: [DONE]\n\n")
                except (BrokenPipeError, ConnectionResetError):
                    owner.broken_off.set()

        return Handler

    def chunks(self, body):
        prompt = body["messages"][-1]["content"]
        if body.get("tools") and body["messages"][-1]["role"] == "user":
            call = {"index": 0, "id": "call_1", "type": "function",
                    "function": {"name": body["tools"][0]["function"]["name"], "arguments": ""}}
            yield choice({"role": "assistant", "content": None, "tool_calls": [call]})
            for piece in ('{"city":', '"Oslo"}'):
                yield choice({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
            yield choice({}, "tool_calls")
        elif prompt == "slowly":
            for number in range(600):
                self.writing.set()
                yield choice({"content": f"{number} "})
                time.sleep(0.05)
        elif prompt == "say nothing":
            time.sleep(20)
        else:
            for word in ("echo: ", prompt):
                yield choice({"content": word})
            yield choice({}, "stop")
        yield {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}}


def choice(delta, reason=None):
    return {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def vector(text):
    """Eight numbers that are exact in 32 bits."""
    return [byte / 256 - 0.5 for byte in hashlib.sha256(text.encode()).digest()[:8]]
