#!/usr/bin/env python3
"""Writes one small random Qwen3 model twice: as a Hugging Face checkpoint (BF16 safetensors and config.json) and as a GGUF file.

The GGUF holds the very same bfloat16 values, widened to F32, so that llama.cpp multiplies in single precision. Needs only Python.

usage: make_checkpoint.py FOLDER    writes FOLDER/model.safetensors, FOLDER/config.json and FOLDER/model.gguf
"""
import json
import math
import random
import struct
import sys
from pathlib import Path

HIDDEN, LAYERS, HEADS, KV_HEADS, HEAD_DIM, INTERMEDIATE, VOCABULARY = 64, 2, 4, 2, 32, 96, 256
EPS, THETA, CONTEXT = 1e-6, 10000.0, 256


def bfloat16(value):
    """The upper 16 bits of the nearest bfloat16 (ties to even)."""
    bits = struct.unpack("<I", struct.pack("<f", value))[0]
    return (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16 & 0xFFFF


def tensors(seed):
    """Name in Hugging Face's words, name in GGUF's, shape, bfloat16 elements."""
    rng = random.Random(seed)

    def matrix(rows, columns, scale=None):
        scale = scale or 1 / math.sqrt(columns)
        return (rows, columns), [bfloat16(rng.gauss(0, scale)) for _ in range(rows * columns)]

    def norm(length):
        return (length,), [bfloat16(1 + rng.uniform(-0.2, 0.2)) for _ in range(length)]

    yield "model.embed_tokens.weight", "token_embd.weight", *matrix(VOCABULARY, HIDDEN, 0.05)
    for i in range(LAYERS):
        hf, gg = f"model.layers.{i}.", f"blk.{i}."
        yield hf + "input_layernorm.weight", gg + "attn_norm.weight", *norm(HIDDEN)
        yield hf + "self_attn.q_proj.weight", gg + "attn_q.weight", *matrix(HEADS * HEAD_DIM, HIDDEN)
        yield hf + "self_attn.k_proj.weight", gg + "attn_k.weight", *matrix(KV_HEADS * HEAD_DIM, HIDDEN)
        yield hf + "self_attn.v_proj.weight", gg + "attn_v.weight", *matrix(KV_HEADS * HEAD_DIM, HIDDEN)
        yield hf + "self_attn.o_proj.weight", gg + "attn_output.weight", *matrix(HIDDEN, HEADS * HEAD_DIM)
        yield hf + "self_attn.q_norm.weight", gg + "attn_q_norm.weight", *norm(HEAD_DIM)
        yield hf + "self_attn.k_norm.weight", gg + "attn_k_norm.weight", *norm(HEAD_DIM)
        yield hf + "post_attention_layernorm.weight", gg + "ffn_norm.weight", *norm(HIDDEN)
        yield hf + "mlp.gate_proj.weight", gg + "ffn_gate.weight", *matrix(INTERMEDIATE, HIDDEN)
        yield hf + "mlp.up_proj.weight", gg + "ffn_up.weight", *matrix(INTERMEDIATE, HIDDEN)
        yield hf + "mlp.down_proj.weight", gg + "ffn_down.weight", *matrix(HIDDEN, INTERMEDIATE)
    yield "model.norm.weight", "output_norm.weight", *norm(HIDDEN)


def write_safetensors(path, all_tensors):
    header, data = {}, b""
    for name, _, shape, elements in all_tensors:
        raw = struct.pack(f"<{len(elements)}H", *elements)
        header[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def write_config(path):
    path.write_text(json.dumps({
        "architectures": ["Qwen3ForCausalLM"], "attention_bias": False, "eos_token_id": VOCABULARY - 1, "head_dim": HEAD_DIM,
        "hidden_act": "silu", "hidden_size": HIDDEN, "intermediate_size": INTERMEDIATE, "max_position_embeddings": CONTEXT,
        "model_type": "qwen3", "num_attention_heads": HEADS, "num_hidden_layers": LAYERS, "num_key_value_heads": KV_HEADS,
        "rms_norm_eps": EPS, "rope_theta": THETA, "tie_word_embeddings": True, "torch_dtype": "bfloat16",
        "vocab_size": VOCABULARY}, indent=1) + "\n")


def gguf_string(text):
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def gguf_value(key, value):
    head = gguf_string(key)
    if isinstance(value, str):
        return head + struct.pack("<I", 8) + gguf_string(value)
    if isinstance(value, float):
        return head + struct.pack("<If", 6, value)
    if isinstance(value, list) and isinstance(value[0], str):
        return head + struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(gguf_string, value))
    if isinstance(value, list):
        return head + struct.pack("<IIQ", 9, 5, len(value)) + struct.pack(f"<{len(value)}i", *value)
    return head + struct.pack("<II", 4, value)


def write_gguf(path, all_tensors):
    a = "qwen3."
    tokens = [f"t{i}" for i in range(VOCABULARY - 3)] + ["a", "b", "ab"]
    metadata = {
        "general.architecture": "qwen3", a + "context_length": CONTEXT, a + "embedding_length": HIDDEN, a + "block_count": LAYERS,
        a + "feed_forward_length": INTERMEDIATE, a + "attention.head_count": HEADS, a + "attention.head_count_kv": KV_HEADS,
        a + "attention.key_length": HEAD_DIM, a + "attention.value_length": HEAD_DIM,
        a + "attention.layer_norm_rms_epsilon": EPS, a + "rope.freq_base": THETA, "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "qwen2", "tokenizer.ggml.tokens": tokens, "tokenizer.ggml.token_type": [1] * VOCABULARY,
        "tokenizer.ggml.merges": ["a b"], "tokenizer.ggml.eos_token_id": VOCABULARY - 1,
    }
    out = struct.pack("<4sIQQ", b"GGUF", 3, len(all_tensors), len(metadata))
    out += b"".join(gguf_value(key, value) for key, value in metadata.items())
    data = b""
    for _, name, shape, elements in all_tensors:
        out += gguf_string(name) + struct.pack("<I", len(shape))
        out += b"".join(struct.pack("<Q", size) for size in reversed(shape)) + struct.pack("<IQ", 0, len(data))
        data += b"".join(struct.pack("<I", bits << 16) for bits in elements)
        data += b"\0" * (-len(data) % 32)
    path.write_bytes(out + b"\0" * (-len(out) % 32) + data)


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    all_tensors = list(tensors(20260101))
    write_safetensors(folder / "model.safetensors", all_tensors)
    write_config(folder / "config.json")
    write_gguf(folder / "model.gguf", all_tensors)


main()
