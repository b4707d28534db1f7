#!/usr/bin/env python3
"""A second scheduler, to check the first one by.

Restates vLLM V1's scheduling loop, KV cache manager and block pool in the plainest Python there is (lists, dictionaries, no incremental
sums), shares no code and no data structure with Iterscope, and prints what `iterscope schedule` is documented to print.

    scheduler.py run SCENARIO.json          the steps of one scenario
    scheduler.py make COUNT FIRST_SEED DIR  seeded random scenarios with their steps: NAME.json and NAME.steps.jsonl

Left out: encoder inputs, draft tokens, throttling, stop tokens.
"""
import json
import random
import sys


class Request:
    def __init__(self, spec, index):
        self.id = spec["id"]
        seed = spec.get("prompt_seed")
        tokens = spec.get("prompt_token_ids")
        if tokens is None:
            origin = ("own", index) if seed is None else ("seed", seed)
            tokens = [(origin, i) for i in range(spec["num_prompt_tokens"])]
        self.prompt = len(tokens)
        self.tokens = list(tokens)
        self.max_tokens = spec["max_tokens"]
        self.priority = spec.get("priority", 0)
        self.arrival_time = spec.get("arrival_time", index)
        self.arrival_step = spec.get("arrival_step", 1)
        self.abort_step = spec.get("abort_step")
        self.order = (self.priority, self.arrival_time, index)
        self.extra = (spec.get("cache_salt"), spec.get("lora_name"))
        self.computed = 0
        self.placeholders = 0
        self.blocks = []
        self.status = "waiting"
        self.caught_up_at = None

    def outputs(self):
        return len(self.tokens) - self.prompt

    def key(self, block, size):
        """Everything that the block's content depends on: all tokens up to its end."""
        salt, lora = self.extra
        return (salt, lora, tuple(self.tokens[: (block + 1) * size]))


class Pool:
    def __init__(self, blocks, caching, unhashed_first):
        self.free = list(range(1, blocks))
        self.refs = [0] * blocks
        self.key_of = {}
        self.cached = {}
        self.caching = caching
        self.unhashed_first = unhashed_first

    def find(self, key):
        return next(iter(self.cached.get(key, {})), None)

    def take(self):
        block = self.free.pop(0)
        self.forget(block)
        self.refs[block] = 1
        return block

    def forget(self, block):
        key = self.key_of.pop(block, None)
        if key is not None:
            del self.cached[key][block]

    def touch(self, block):
        if self.refs[block] == 0:
            self.free.remove(block)
        self.refs[block] += 1

    def store(self, block, key):
        self.key_of[block] = key
        self.cached.setdefault(key, {})[block] = True

    def release(self, blocks):
        gone = []
        for block in reversed(blocks):
            self.refs[block] -= 1
            if self.refs[block] == 0:
                gone.append(block)
        if self.caching and self.unhashed_first:
            self.free = [b for b in gone if b not in self.key_of] + self.free + [b for b in gone if b in self.key_of]
        else:
            self.free += gone


class Scheduler:
    def __init__(self, s):
        self.budget = s["max_num_batched_tokens"]
        self.max_seqs = s["max_num_seqs"]
        self.size = s["block_size"]
        self.total = s["num_gpu_blocks"]
        self.max_len = s.get("max_model_len", 8192)
        self.caching = s.get("enable_prefix_caching", False)
        self.chunked = s.get("enable_chunked_prefill", True)
        self.threshold = s.get("long_prefill_token_threshold", 0)
        self.priority = s.get("policy", "fcfs") == "priority"
        self.is_async = s.get("async_scheduling", False)
        self.reserve = s.get("scheduler_reserve_full_isl", False)
        self.watermark_blocks = int(s.get("watermark", 0.0) * self.total)
        self.pool = Pool(self.total, self.caching, s.get("free_order", "append_all") == "unhashed_first")
        self.waiting = []
        self.running = []

    def cdiv(self, tokens):
        return -(-tokens // self.size)

    def add(self, r):
        most = min(r.prompt + r.max_tokens - 1, self.max_len - 1)
        chunk = min(r.prompt, self.threshold) if self.threshold else r.prompt
        if r.prompt >= self.max_len or most > (self.total - 1) * self.size or (not self.chunked and chunk > self.budget):
            return False
        self.waiting.append(r)
        self.sort()
        return True

    def sort(self):
        if self.priority:
            self.waiting.sort(key=lambda r: r.order)

    def hits(self, r):
        found = []
        if self.caching:
            for i in range((len(r.tokens) - 1) // self.size):
                block = self.pool.find(r.key(i, self.size))
                if block is None:
                    break
                found.append(block)
        return found

    def allocate(self, r, computed, n, hit_blocks, full=False, headroom=0):
        free_hits = sum(self.pool.refs[b] == 0 for b in hit_blocks)

        def missing(tokens):
            return self.cdiv(tokens) - len(r.blocks) - len(hit_blocks) + free_hits

        if full and missing(min(len(r.tokens), self.max_len)) + headroom > len(self.pool.free):
            return False
        need = min(computed + n, self.max_len)
        if missing(need) + headroom > len(self.pool.free):
            return False
        for block in hit_blocks:
            self.pool.touch(block)
            r.blocks.append(block)
        while len(r.blocks) < self.cdiv(need):
            r.blocks.append(self.pool.take())
        self.store(r, min(computed + n, len(r.tokens)))
        return True

    def store(self, r, tokens):
        if self.caching:
            for i in range(tokens // self.size):
                if r.blocks[i] not in self.pool.key_of:
                    self.pool.store(r.blocks[i], r.key(i, self.size))

    def preempt(self, r):
        self.pool.release(r.blocks)
        r.blocks = []
        r.computed = 0
        r.status = "preempted"
        self.waiting.insert(0, r)
        self.sort()

    def schedule(self):
        budget = self.budget
        plan = {}
        before = {}
        new, resumed, preempted = [], [], []
        hit_tokens = 0
        i = 0
        while i < len(self.running) and budget > 0:
            r = self.running[i]
            if r.placeholders > 0 and r.computed + 2 - r.placeholders >= r.prompt + r.max_tokens:
                i += 1
                continue
            n = len(r.tokens) + r.placeholders - r.computed
            if 0 < self.threshold < n:
                n = self.threshold
            n = min(n, budget, self.max_len - 1 - r.computed)
            if n <= 0:
                i += 1
                continue
            placed = True
            while not self.allocate(r, r.computed, n, []):
                victim = max(self.running, key=lambda x: x.order) if self.priority else self.running[-1]
                at = self.running.index(victim)
                self.running.pop(at)
                if victim.id in plan:
                    budget += plan.pop(victim.id)
                    # Iterscope's own rule: what will not be computed is not findable.
                    for block in victim.blocks[before[victim.id] // self.size:]:
                        self.pool.forget(block)
                    i -= 1
                self.preempt(victim)
                preempted.append(victim.id)
                if victim is r:
                    placed = False
                    break
            if not placed:
                break
            plan[r.id] = n
            before[r.id] = r.computed
            budget -= n
            i += 1
        if not preempted:
            while self.waiting and budget > 0 and len(self.running) < self.max_seqs:
                r = self.waiting[0]
                if r.placeholders > 0:
                    break  # Iterscope's own rule: a preempted request waits for the token that is still in flight
                found = self.hits(r)
                c = len(found) * self.size
                n = len(r.tokens) - c
                if 0 < self.threshold < n:
                    n = self.threshold
                if not self.chunked and n > budget:
                    # Iterscope's own rule: a preempted request that outgrew the budget may be split when it is alone in the step
                    if not (r.status == "preempted" and n > self.budget and budget == self.budget):
                        break
                n = min(n, budget)
                headroom = self.watermark_blocks if self.running else 0
                if not self.allocate(r, c, n, found, self.reserve, headroom):
                    break
                self.waiting.pop(0)
                self.running.append(r)
                if r.status == "waiting":
                    new.append(r.id)
                    hit_tokens += c
                else:
                    resumed.append(r.id)
                r.status = "running"
                r.computed = c
                r.caught_up_at = len(r.tokens)
                plan[r.id] = n
                before[r.id] = c
                budget -= n
        context = [r for r in self.running if r.id in plan and r.computed < r.caught_up_at]
        generation = [r for r in self.running if r.id in plan and r.computed >= r.caught_up_at]
        used = (self.total - 1) - len(self.pool.free)
        line = {
            "scheduled": dict(plan), "new": new, "resumed": resumed, "preempted": preempted, "finished": [],
            "running": [r.id for r in self.running], "waiting": [r.id for r in self.waiting],
            "context_requests": len(context), "context_tokens": sum(plan[r.id] for r in context),
            "generation_requests": len(generation), "generation_tokens": sum(plan[r.id] for r in generation),
            "kv_blocks_used": used, "kv_blocks_total": self.total - 1, "prefix_hit_tokens": hit_tokens}
        assert sum(plan.values()) <= self.budget and len(self.running) <= self.max_seqs
        batch = []
        for r in self.running:
            if r.id in plan:
                r.computed += plan[r.id]
                samples = r.computed >= len(r.tokens) + r.placeholders
                if samples and self.is_async:
                    r.placeholders += 1
                batch.append((r, samples))
        return line, batch

    def update(self, batch):
        finished = []
        for r, samples in batch:
            if r.status == "finished" or not samples:
                continue
            r.tokens.append(0)
            if self.is_async:
                r.placeholders -= 1
                if r.status == "running":
                    self.store(r, min(r.computed - r.placeholders, len(r.tokens)))
            if len(r.tokens) >= self.max_len or r.outputs() >= r.max_tokens:
                self.finish(r)
                finished.append(r.id)
        return finished

    def finish(self, r):
        if r.status == "running":
            self.running.remove(r)
            self.pool.release(r.blocks)
        else:
            self.waiting.remove(r)
        r.blocks = []
        r.status = "finished"


def run(scenario):
    scheduler = Scheduler(scenario)
    requests = [Request(spec, i) for i, spec in enumerate(scenario["requests"])]
    lines, rejected = [], []
    in_flight = []
    for step in range(1, scenario.get("max_steps", 1000) + 1):
        for r in requests:
            if r.arrival_step == step and not scheduler.add(r):
                r.status = "finished"
                rejected.append(r.id)
        for r in requests:
            if r.abort_step == step and r.status != "finished":
                scheduler.finish(r)
        line, batch = scheduler.schedule()
        idle = not batch and not in_flight
        in_flight.append(batch)
        while len(in_flight) > (1 if scheduler.is_async else 0):
            line["finished"] += scheduler.update(in_flight.pop(0))
        if all(not b for b in in_flight):
            in_flight = []
        if not idle:
            lines.append({"step": step, **line})
    return lines, rejected


def random_scenario(seed):
    rnd = random.Random(seed)
    size = rnd.choice([1, 4, 8, 16])
    budget = rnd.choice([4, 8, 24, 32, 64, 200])
    scenario = {
        "max_num_seqs": rnd.choice([1, 2, 3, 5, 8]), "max_num_batched_tokens": budget, "block_size": size,
        "num_gpu_blocks": 2 + rnd.choice([30, 60, 120]) // size, "max_model_len": rnd.choice([40, 64, 100, 8192]),
        "enable_prefix_caching": rnd.random() < 0.6, "enable_chunked_prefill": rnd.random() < 0.75,
        "long_prefill_token_threshold": rnd.choice([0, 0, 0, 5, 20]), "policy": rnd.choice(["fcfs", "priority"]),
        "async_scheduling": rnd.random() < 0.5, "watermark": rnd.choice([0.0, 0.0, 0.1, 0.3]),
        "scheduler_reserve_full_isl": rnd.random() < 0.4, "max_steps": rnd.choice([30, 1000, 1000, 1000]),
        "free_order": rnd.choice(["append_all", "unhashed_first"])}
    requests = []
    for i in range(rnd.randint(1, 14)):
        r = {"id": f"r{i}", "max_tokens": rnd.choice([1, 2, 5, 12, 25])}
        if rnd.random() < 0.15:
            r["prompt_token_ids"] = [rnd.randint(0, 1) for _ in range(rnd.randint(1, 30))]
        else:
            r["num_prompt_tokens"] = rnd.randint(1, 45)
            if rnd.random() < 0.7:
                r["prompt_seed"] = rnd.randint(1, 3)
        if rnd.random() < 0.5:
            r["arrival_step"] = rnd.choice([1, 2, 3, 5, 9, 40, 90])
        if rnd.random() < 0.5:
            r["priority"] = rnd.randint(-1, 2)
        if rnd.random() < 0.2:
            r["arrival_time"] = rnd.choice([0.5, 3.25, 7.75, 100.125]) + i / 1024
        if rnd.random() < 0.15:
            r["abort_step"] = r.get("arrival_step", 1) + rnd.randint(0, 12)
        if rnd.random() < 0.15:
            r["cache_salt"] = rnd.choice(["x", "y"])
        if rnd.random() < 0.15:
            r["lora_name"] = rnd.choice(["x", "y"])
        requests.append(r)
    scenario["requests"] = requests
    return scenario


def text(lines):
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)


def main():
    if sys.argv[1] == "run":
        with open(sys.argv[2]) as file:
            lines, rejected = run(json.load(file))
        sys.stdout.write(text(lines))
        for name in rejected:
            print(f"rejected {name}", file=sys.stderr)
    else:
        for seed in range(int(sys.argv[3]), int(sys.argv[3]) + int(sys.argv[2])):
            scenario = random_scenario(seed)
            with open(f"{sys.argv[4]}/random-{seed}.json", "w") as file:
                json.dump(scenario, file, indent=1)
                file.write("\n")
            with open(f"{sys.argv[4]}/random-{seed}.steps.jsonl", "w") as file:
                file.write(text(run(scenario)[0]))


main()
