#!/usr/bin/env python3
"""Writes a GGUF file of the shape of Qwen3-0.6B with random BF16 weights (1.2 GB): what the benchmark beside llama.cpp loads.

Needs only Python. The numbers are between 1/64 and 1/32 in size; speed does not depend on them.

usage: write_gguf.py FILE.gguf
"""
import os
import struct
import sys

HIDDEN, LAYERS, HEADS, KV_HEADS, HEAD_DIM, INTERMEDIATE, VOCABULARY = 1024, 28, 16, 8, 128, 3072, 151936
EPS, THETA, CONTEXT = 1e-6, 1000000.0, 40960
F32, BF16 = 0, 30
ALIGNMENT = 32


def tensors():
    """Name, shape (rows first) and type."""
    yield "token_embd.weight", (VOCABULARY, HIDDEN), BF16
    for i in range(LAYERS):
        block = f"blk.{i}."
        yield block + "attn_norm.weight", (HIDDEN,), F32
        yield block + "attn_q.weight", (HEADS * HEAD_DIM, HIDDEN), BF16
        yield block + "attn_k.weight", (KV_HEADS * HEAD_DIM, HIDDEN), BF16
        yield block + "attn_v.weight", (KV_HEADS * HEAD_DIM, HIDDEN), BF16
        yield block + "attn_output.weight", (HIDDEN, HEADS * HEAD_DIM), BF16
        yield block + "attn_q_norm.weight", (HEAD_DIM,), F32
        yield block + "attn_k_norm.weight", (HEAD_DIM,), F32
        yield block + "ffn_norm.weight", (HIDDEN,), F32
        yield block + "ffn_gate.weight", (INTERMEDIATE, HIDDEN), BF16
        yield block + "ffn_up.weight", (INTERMEDIATE, HIDDEN), BF16
        yield block + "ffn_down.weight", (HIDDEN, INTERMEDIATE), BF16
    yield "output_norm.weight", (HIDDEN,), F32


def size(shape, kind):
    elements = 1
    for length in shape:
        elements *= length
    return elements * (4 if kind == F32 else 2)


def data(shape, kind):
    """Ones for norms; else random signs and mantissas under one exponent."""
    total = size(shape, kind)
    if kind == F32:
        return struct.pack("<f", 1.0) * (total // 4)
    keep = int.from_bytes(b"\x7f\x80" * (total // 2), "little")
    exponent = int.from_bytes(b"\x80\x3c" * (total // 2), "little")
    return (int.from_bytes(os.urandom(total), "little") & keep | exponent).to_bytes(total, "little")


def string(text):
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def value(key, what):
    head = string(key)
    if isinstance(what, str):
        return head + struct.pack("<I", 8) + string(what)
    if isinstance(what, float):
        return head + struct.pack("<If", 6, what)
    if isinstance(what, list) and isinstance(what[0], str):
        return head + struct.pack("<IIQ", 9, 8, len(what)) + b"".join(map(string, what))
    if isinstance(what, list):
        return head + struct.pack("<IIQ", 9, 5, len(what)) + struct.pack(f"<{len(what)}i", *what)
    return head + struct.pack("<II", 4, what)


def main():
    a = "qwen3."
    metadata = {
        "general.architecture": "qwen3", a + "context_length": CONTEXT, a + "embedding_length": HIDDEN, a + "block_count": LAYERS,
        a + "feed_forward_length": INTERMEDIATE, a + "attention.head_count": HEADS, a + "attention.head_count_kv": KV_HEADS,
        a + "attention.key_length": HEAD_DIM, a + "attention.value_length": HEAD_DIM,
        a + "attention.layer_norm_rms_epsilon": EPS, a + "rope.freq_base": THETA, "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "qwen2", "tokenizer.ggml.tokens": [f"t{i}" for i in range(VOCABULARY - 3)] + ["a", "b", "ab"],
        "tokenizer.ggml.token_type": [1] * VOCABULARY, "tokenizer.ggml.merges": ["a b"],
        "tokenizer.ggml.eos_token_id": VOCABULARY - 1,
    }
    everything = list(tensors())
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(everything), len(metadata))
    head += b"".join(value(key, what) for key, what in metadata.items())
    offset = 0
    for name, shape, kind in everything:
        head += string(name) + struct.pack("<I", len(shape)) + b"".join(struct.pack("<Q", n) for n in reversed(shape))
        head += struct.pack("<IQ", kind, offset)
        offset += -(-size(shape, kind) // ALIGNMENT) * ALIGNMENT
    with open(sys.argv[1], "wb") as out:
        out.write(head + b"\0" * (-len(head) % ALIGNMENT))
        for _, shape, kind in everything:
            raw = data(shape, kind)
            out.write(raw + b"\0" * (-len(raw) % ALIGNMENT))


main()
