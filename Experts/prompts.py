#!/usr/bin/env python3
"""Draws the calibration, demo and test prompts from what no expert was trained on, and writes the first two.

    prompts.py          writes calibration.jsonl and demo.jsonl

No prompt is in two of the sets. The calibration prompts do not name their domain: a gate has only the text and the
category, which never tells the experts apart (domains.py).
"""
import json
import random
import sys
from pathlib import Path

from domains import CATEGORY, DOMAINS, REGIONS, sample

HERE = Path(__file__).resolve().parent
SEED = 2026
DEMO, TEST = 6, 150


def calibration_count(domain):
    """The regions get more: which town belongs to which can only be learned town by town."""
    return 200 if domain in REGIONS else 100


def sets():
    """`{"calibration": […], "demo": […], "test": […]}`, each a list of prompts in a mixed order."""
    drawn = {"calibration": [], "demo": [], "test": []}
    for domain in DOMAINS:
        r = random.Random(f"{SEED} {domain}")
        seen = set()
        for name, count in (("calibration", calibration_count(domain)), ("demo", DEMO), ("test", TEST)):
            for number in range(count):
                while (pair := sample(domain, r, held=True))[0] in seen:
                    pass
                seen.add(pair[0])
                drawn[name].append({"id": f"{domain}-{name}-{number:03d}", "domain": domain,
                                    "category": CATEGORY[domain], "prompt": pair[0], "answer": pair[1]})
    for name, prompts in drawn.items():
        random.Random(f"{SEED} {name}").shuffle(prompts)
    return drawn


def write(path, prompts, without=()):
    lines = [json.dumps({key: value for key, value in prompt.items() if key not in without}) for prompt in prompts]
    path.write_text("\n".join(lines) + "\n")


def main():
    drawn = sets()
    write(HERE / "calibration.jsonl", drawn["calibration"], without=["domain"])
    write(HERE / "demo.jsonl", drawn["demo"])
    print(", ".join(f"{len(prompts)} {name}" for name, prompts in drawn.items()), "prompts")


if __name__ == "__main__":
    sys.exit(main())
