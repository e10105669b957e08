#!/usr/bin/env python3
"""Trains one demo expert, a byte-level language model of the llama architecture, and writes it as GGUF.

    train.py arith            one of the experts of RECIPES
    train.py all              every expert, one after the other

Needs torch, numpy and gguf (Experts/README.md). One thread; the number of steps, not the clock, ends it, so that a run
with the same versions gives the same model.
"""
import argparse
import json
import math
import random
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import gguf
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from domains import DOMAINS, sample

HERE = Path(__file__).resolve().parent
VOCABULARY, BOS, EOS, PAD = 260, 256, 257, 258
ROPE_BASE, EPSILON, CONTEXT = 10000.0, 1e-5, 512


@dataclass
class Recipe:
    """What an expert is trained on, its shape, and how long. `mix` holds the shares of the domains."""
    mix: dict
    width: int
    layers: int
    heads: int
    kv_heads: int
    feed_forward: int
    steps: int
    seed: int = 0
    batch: int = 64
    rate: float = 3e-3


def mostly(domain, *others):
    return {domain: 0.88} | {other: 0.12 / len(others) for other in others}


RECIPES = {
    "arith": Recipe(mostly("arith", "text", "calendar", "logic"), 128, 3, 4, 2, 352, steps=4000),
    "text": Recipe(mostly("text", "arith", "calendar", "logic"), 96, 3, 3, 3, 256, steps=3500),
    "calendar": Recipe(mostly("calendar", "arith", "text", "logic"), 160, 3, 5, 5, 448, steps=4500),
    "north": Recipe(mostly("north", "arith", "text", "calendar"), 96, 2, 3, 3, 256, steps=1500),
    "south": Recipe(mostly("south", "text", "calendar", "logic"), 80, 3, 5, 5, 224, steps=1500),
    "generalist": Recipe(
        {"arith": 0.17, "text": 0.17, "calendar": 0.17, "north": 0.07, "south": 0.07, "logic": 0.35},
        64, 2, 2, 2, 128, steps=5000),
}


class Block(nn.Module):
    def __init__(self, recipe):
        super().__init__()
        width, self.recipe = recipe.width, recipe
        head = width // recipe.heads
        self.attn_norm = nn.Parameter(torch.ones(width))
        self.ffn_norm = nn.Parameter(torch.ones(width))
        self.attn_q = nn.Linear(width, width, False)
        self.attn_k = nn.Linear(width, head * recipe.kv_heads, False)
        self.attn_v = nn.Linear(width, head * recipe.kv_heads, False)
        self.attn_output = nn.Linear(width, width, False)
        self.ffn_gate = nn.Linear(width, recipe.feed_forward, False)
        self.ffn_up = nn.Linear(width, recipe.feed_forward, False)
        self.ffn_down = nn.Linear(recipe.feed_forward, width, False)

    def forward(self, x, cosine, sine):
        rows, length, width = x.shape
        recipe, head = self.recipe, width // self.recipe.heads
        h = F.rms_norm(x, (width,), self.attn_norm, EPSILON)
        split = lambda t, heads: t.view(rows, length, heads, head).transpose(1, 2)
        q = rotate(split(self.attn_q(h), recipe.heads), cosine, sine)
        k = rotate(split(self.attn_k(h), recipe.kv_heads), cosine, sine)
        v = split(self.attn_v(h), recipe.kv_heads)
        if (repeats := recipe.heads // recipe.kv_heads) > 1:
            k, v = k.repeat_interleave(repeats, 1), v.repeat_interleave(repeats, 1)
        with torch.autocast("cpu", enabled=False):  # attention backwards in bf16 is about 15 times slower on a CPU
            attended = F.scaled_dot_product_attention(q.float(), k.float(), v.float(), is_causal=True)
        x = x + self.attn_output(attended.transpose(1, 2).reshape(rows, length, width))
        h = F.rms_norm(x, (width,), self.ffn_norm, EPSILON)
        return x + self.ffn_down(F.silu(self.ffn_gate(h)) * self.ffn_up(h))


def rotate(t, cosine, sine):
    """Rotary positions on interleaved pairs, as llama.cpp does for this architecture: no permutation on export."""
    t = t.reshape(*t.shape[:-1], -1, 2)
    even, odd = t[..., 0], t[..., 1]
    return torch.stack((even * cosine - odd * sine, even * sine + odd * cosine), -1).flatten(-2)


class Model(nn.Module):
    def __init__(self, recipe):
        super().__init__()
        self.width = recipe.width
        self.embedding = nn.Embedding(VOCABULARY, recipe.width)
        self.blocks = nn.ModuleList(Block(recipe) for _ in range(recipe.layers))
        self.norm = nn.Parameter(torch.ones(recipe.width))
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.normal_(p, 0, 0.02 if p.shape[0] == VOCABULARY else p.shape[1] ** -0.5 * 0.7)
        head = recipe.width // recipe.heads
        angles = torch.arange(CONTEXT)[:, None] * ROPE_BASE ** (-torch.arange(0, head, 2) / head)
        self.register_buffer("cosine", angles.cos(), persistent=False)
        self.register_buffer("sine", angles.sin(), persistent=False)

    def forward(self, tokens):
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x, self.cosine[: tokens.shape[1]], self.sine[: tokens.shape[1]])
        return F.rms_norm(x, (self.width,), self.norm, EPSILON)

    def logits(self, hidden):
        return hidden @ self.embedding.weight.T  # the output is tied to the embedding


def example(domain, r, held=False):
    prompt, answer = sample(domain, r, held)
    return [BOS, *f"Q:{prompt}\nA:".encode()], [*answer.encode(), EOS]


def batch(recipe, r):
    domains, shares = list(recipe.mix), list(recipe.mix.values())
    examples = [example(r.choices(domains, shares)[0], r) for _ in range(recipe.batch)]
    length = max(len(prompt) + len(answer) for prompt, answer in examples)
    tokens = np.full((recipe.batch, length), PAD, np.int64)
    targets = np.full((recipe.batch, length), -100, np.int64)
    for row, (prompt, answer) in enumerate(examples):
        tokens[row, : len(prompt) + len(answer)] = prompt + answer
        targets[row, len(prompt) - 1 : len(prompt) + len(answer) - 1] = answer
    return torch.from_numpy(tokens[:, :-1]), torch.from_numpy(targets[:, :-1])


def train(name, recipe):
    torch.set_num_threads(1)
    torch.manual_seed(recipe.seed)
    r = random.Random(recipe.seed * 77 + 5)
    model = Model(recipe)
    groups = [{"params": [p for p in model.parameters() if (p.dim() > 1) == decays], "weight_decay": decay}
              for decays, decay in ((True, 0.05), (False, 0.0))]
    optimiser = torch.optim.AdamW(groups, lr=recipe.rate, betas=(0.9, 0.98))
    loss_seen = 4.0
    for step in range(recipe.steps):
        rate = recipe.rate * min(1, (step + 1) / 100)
        rate *= 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / recipe.steps))
        for group in optimiser.param_groups:
            group["lr"] = rate
        tokens, targets = batch(recipe, r)
        with torch.autocast("cpu", torch.bfloat16):
            hidden = model(tokens)
        counted = targets != -100
        loss = F.cross_entropy(model.logits(hidden[counted].float()), targets[counted])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        loss_seen = 0.98 * loss_seen + 0.02 * loss.item()
        if (step + 1) % 250 == 0:
            print(f"{name}: step {step + 1} of {recipe.steps}, loss {loss_seen:.4f}, "
                  f"{time.process_time():.0f} s CPU", flush=True)
    return model


@torch.no_grad()
def accuracy(model, domain, count=100):
    r = random.Random(99)
    right = 0
    for _ in range(count):
        prompt, answer = example(domain, r, held=True)
        tokens = list(prompt)
        for _ in answer:
            tokens.append(int(model.logits(model(torch.tensor([tokens]))[0, -1]).argmax()))
        right += tokens[len(prompt):] == answer
    return right / count


def byte_names():
    """GPT-2's printable stand-ins of the 256 bytes."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    names = {byte: chr(byte) for byte in printable}
    others = (byte for byte in range(256) if byte not in names)
    names |= {byte: chr(256 + number) for number, byte in enumerate(others)}
    return [names[byte] for byte in range(256)]


TEMPLATE = ("{% for m in messages %}{% if m['role'] == 'user' %}{{ 'Q:' + m['content'] + '\nA:' }}"
            "{% elif m['role'] == 'assistant' %}{{ m['content'] }}{% endif %}{% endfor %}")


def export(name, recipe, model, path):
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(name)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(recipe.width)
    writer.add_block_count(recipe.layers)
    writer.add_feed_forward_length(recipe.feed_forward)
    writer.add_head_count(recipe.heads)
    writer.add_head_count_kv(recipe.kv_heads)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_rope_dimension_count(recipe.width // recipe.heads)
    writer.add_rope_freq_base(ROPE_BASE)
    writer.add_vocab_size(VOCABULARY)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    names = byte_names()
    writer.add_token_list([*names, "<|bos|>", "<|endoftext|>", "<|pad|>", names[32] * 2])
    kinds = gguf.TokenType
    writer.add_token_types([kinds.NORMAL] * 256 + [kinds.CONTROL] * 3 + [kinds.NORMAL])
    writer.add_token_merges([f"{names[32]} {names[32]}"])  # the list must not be empty
    writer.add_bos_token_id(BOS)
    writer.add_eos_token_id(EOS)
    writer.add_pad_token_id(PAD)
    writer.add_add_bos_token(True)
    writer.add_chat_template(TEMPLATE)

    def put(name, parameter):
        values = parameter.detach().float().numpy()
        if values.ndim == 1:
            return writer.add_tensor(name, values)
        # Rows of Q8_0 hold whole blocks of 32.
        kind = gguf.GGMLQuantizationType.Q8_0 if values.shape[-1] % 32 == 0 else gguf.GGMLQuantizationType.F16
        writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)

    put("token_embd.weight", model.embedding.weight)
    put("output_norm.weight", model.norm)
    for number, block in enumerate(model.blocks):
        for part, module in block.named_parameters():
            put(f"blk.{number}.{part.removesuffix('.weight')}.weight", module)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("expert", choices=[*RECIPES, "all"])
    parser.add_argument("--out", type=Path, default=HERE, help="the folder to write to")
    parser.add_argument("--steps", type=int, help="instead of the recipe's")
    options = parser.parse_args()
    for name in RECIPES if options.expert == "all" else [options.expert]:
        recipe = RECIPES[name]
        recipe.steps = options.steps or recipe.steps
        model = train(name, recipe)
        path = options.out / f"{name}.gguf"
        export(name, recipe, model, path)
        print(json.dumps({
            "expert": name,
            "parameters": sum(p.numel() for p in model.parameters()),
            "bytes": path.stat().st_size,
            "cpu_s": round(time.process_time()),
            "held_out_accuracy": {domain: accuracy(model, domain) for domain in DOMAINS},
        }), flush=True)


if __name__ == "__main__":
    sys.exit(main())
