#!/usr/bin/env python3
"""llama.cpp's own HTTP server, from the xllamacpp wheel, behind the flags of llama-server.

For machines without llama-server. It listens when it prints `listening`; SIGTERM and SIGINT end it at once, and it
ends by itself when the program that started it is gone. Flags that it does not know are ignored with a note.
"""
import argparse
import os
import signal
import sys
import time

PARENT_CHECK_S = 0.25


def main():
    parent = os.getppid()
    # The default action needs no interpreter, so a signal also ends a process that is busy loading a model.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    options = parse()
    if not os.path.isfile(options.model):
        return fail(f"there is no model file '{options.model}'")
    try:
        import xllamacpp
    except ImportError as error:
        return fail(f"{error}; run `make experts`, which installs xllamacpp, or install llama-server")
    try:
        server = xllamacpp.Server(parameters(xllamacpp, options))
        print("listening", server.listening_address, flush=True)
    except (RuntimeError, OSError, ValueError) as error:
        return fail(f"cannot serve '{options.model}' on {options.host}:{options.port}: {error}; "
                    "is it a GGUF file, and is the port free?")
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_S)
    # The server's threads would keep the process alive: nobody waits for them any more.
    os._exit(0)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     allow_abbrev=False)
    parser.add_argument("-m", "--model", required=True, help="the GGUF file")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("-c", "--ctx-size", type=int, default=2048, help="context of all slots together, in tokens")
    parser.add_argument("-np", "--parallel", type=int, default=1, help="slots")
    parser.add_argument("-t", "--threads", type=int, default=1)
    parser.add_argument("-tb", "--threads-batch", type=int, help="threads for the prompt; as --threads when not given")
    parser.add_argument("-b", "--batch-size", type=int)
    parser.add_argument("-ub", "--ubatch-size", type=int)
    parser.add_argument("-ngl", "--gpu-layers", "--n-gpu-layers", type=int, default=0)
    parser.add_argument("-a", "--alias", help="the name that the server gives the model; the file's name by default")
    parser.add_argument("--api-key")
    parser.add_argument("--embeddings", "--embedding", action="store_true", help="embed texts instead of writing any")
    parser.add_argument("--pooling", choices=("mean", "cls", "last"), default="mean", help="of --embeddings: over which tokens")
    parser.add_argument("--metrics", action="store_true")
    parser.add_argument("--slots", action="store_true")
    parser.add_argument("--no-slots", dest="slots", action="store_false")
    parser.add_argument("--no-warmup", action="store_true")
    parser.add_argument("--log-disable", action="store_true")
    parser.add_argument("--jinja", action="store_true", help="always on")
    parser.add_argument("--offline", action="store_true", help="always on: nothing is ever downloaded")
    options, unknown = parser.parse_known_args()
    if unknown:
        print(f"serve_llama: ignored: {' '.join(unknown)}", file=sys.stderr)
    for name in ("ctx_size", "parallel", "threads"):
        if getattr(options, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be at least 1")
    return options


def parameters(xllamacpp, options):
    settings = xllamacpp.CommonParams()
    settings.model.path = options.model
    settings.model_alias = {options.alias or os.path.basename(options.model).removesuffix(".gguf")}
    settings.hostnames = [options.host]
    settings.port = options.port
    settings.n_ctx = options.ctx_size
    settings.n_parallel = options.parallel
    settings.cpuparams.n_threads = options.threads
    settings.cpuparams_batch.n_threads = options.threads_batch or options.threads
    settings.n_gpu_layers = options.gpu_layers
    if options.embeddings:
        settings.embedding = True
        settings.pooling_type = getattr(xllamacpp.llama_pooling_type, f"LLAMA_POOLING_TYPE_{options.pooling.upper()}")
    settings.endpoint_metrics = options.metrics
    settings.endpoint_slots = options.slots
    settings.warmup = not options.no_warmup
    settings.offline = True
    if options.batch_size:
        settings.n_batch = options.batch_size
    if options.ubatch_size:
        settings.n_ubatch = options.ubatch_size
    if options.api_key:
        settings.api_keys = [options.api_key]
    if options.log_disable:
        settings.verbosity = -1
    return settings


def fail(message):
    print(f"serve_llama: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
