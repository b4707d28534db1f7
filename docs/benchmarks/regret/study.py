#!/usr/bin/env python3
"""Regret of the recommendation on the emulated H100: twelve workloads x three objectives.

Each workload is served and recorded once at its present budget. `iterscope project` answers for each objective from that
recording. The chosen setting, both its neighbours in the sweep and the present one are then served in real time, and the
measured results are compared. Run it from the repository's root:

    python3 docs/benchmarks/regret/study.py FOLDER [PARALLEL]

It prints one line per workload and objective, then the summary, and keeps everything in FOLDER.
"""
import concurrent.futures
import json
import pathlib
import subprocess
import sys

ENGINE = ["--backend", "emulated", "--kernel-model", "samples/h100-llama-3.1-8b/kernels.json", "--model", "llama-3.1-8b",
          "--memory", "30GiB"]
SEQUENCES = 128


def synthetic(prompts, tokens_in, tokens_out, ratio, rate, seed, burstiness="1"):
    return ["--num-prompts", str(prompts), "--random-input-len", str(tokens_in), "--random-output-len", str(tokens_out),
            "--random-range-ratio", str(ratio), "--request-rate", str(rate), "--burstiness", burstiness, "--seed", str(seed)]


# name, present budget, load
WORKLOADS = [
    ("long prompts", 2048, synthetic(60, 6000, 150, 0.9, 3, 1)),
    ("long prompts, slower", 2048, synthetic(40, 6000, 150, 0.9, 2, 2)),
    ("chat", 2048, synthetic(160, 900, 200, 0.8, 10, 3)),
    ("chat, small budget", 512, synthetic(160, 900, 200, 0.8, 10, 4)),
    ("summaries", 4096, synthetic(50, 9000, 40, 0.6, 3, 5)),
    ("summaries, large budget", 8192, synthetic(40, 9000, 40, 0.6, 2.5, 6)),
    ("bursts", 2048, synthetic(80, 2500, 120, 0.8, 5, 7, "0.3")),
    ("bursts of long prompts", 4096, synthetic(40, 7000, 80, 0.5, 2.5, 8, "0.4")),
    ("code", 2048, synthetic(90, 3500, 30, 0.9, 6, 9)),
    ("long answers", 1024, synthetic(60, 700, 400, 0.7, 5, 10)),
    ("mixed lengths", 1024, synthetic(70, 4000, 100, 0.95, 4, 11)),
    ("near saturation", 2048, synthetic(70, 5000, 120, 0.9, 4.5, 12)),
]


def iterscope(*arguments):
    done = subprocess.run(["bin/iterscope", *arguments], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(arguments)}\n{done.stderr}")
    return done.stdout


def objectives(recorded):
    """Three objectives from what the present setting achieved: a tail of half the size, two tails together, and a mean."""
    itl, ttft = recorded["p99_itl_ms"], recorded["p99_ttft_ms"]
    return [("half the ITL tail", ["--slo", f"p99_itl_ms<={0.5 * itl:.1f}"]),
            ("both tails", ["--slo", f"p99_ttft_ms<={1.3 * ttft:.0f},p99_itl_ms<={0.8 * itl:.1f}"]),
            ("mean latency", ["--minimize", "mean_e2el_ms"])]


def excess(slo, values):
    worst = 0
    for bound in filter(None, slo.split(",")):
        key, limit = bound.split("<=")
        worst = max(worst, values[key] / float(limit) - 1)
    return worst


def worth(options, values):
    """What Iterscope calls the objective of measured settings: throughput over excess, or the named mean."""
    if options[0] == "--minimize":
        return 1 / values[options[1]]
    return values["output_throughput"] / (1 + excess(options[1], values))


def study(folder, number, name, present, load):
    stem = folder / f"w{number}"

    def serve(budget, *more):
        return json.loads(iterscope("run", *ENGINE, *load, "--max-num-batched-tokens", str(budget),
                                    "--max-num-seqs", str(min(SEQUENCES, budget)), "--format", "json", *more))

    recorded = serve(present, "--record", f"{stem}.jfr")
    answers = []
    for title, options in objectives(recorded):
        answers.append((title, options, json.loads(iterscope("project", f"{stem}.jfr", *options, "--format", "json"))))
    wanted = {present}
    for _, _, report in answers:
        budgets = [row["max_num_batched_tokens"] for row in report["sweep"]]
        chosen = report["recommendation"]["max_num_batched_tokens"]
        if chosen in budgets:
            at = budgets.index(chosen)
            wanted.update(budgets[max(0, at - 1):at + 2])
    measured = {budget: serve(budget) for budget in sorted(wanted)}
    lines, calibration = [], []
    for title, options, report in answers:
        rows = {row["max_num_batched_tokens"]: row for row in report["sweep"]}
        chosen = report["recommendation"]["max_num_batched_tokens"]
        best = max(worth(options, values) for values in measured.values())
        regret = None if chosen not in measured else 100 * (1 - worth(options, measured[chosen]) / best)
        keep = 100 * (1 - worth(options, measured[present]) / best)
        if options[0] == "--slo":
            for budget, values in measured.items():
                calibration.append((rows[budget]["p_slo_met"], excess(options[1], values) <= 0))
        lines.append((name, present, title, report["recommendation"]["verdict"], chosen, regret, keep))
    (folder / f"w{number}.json").write_text(json.dumps({"measured": measured, "lines": lines, "calibration": calibration}))
    return lines, calibration


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(int(sys.argv[2]) if len(sys.argv) > 2 else 1) as pool:
        results = list(pool.map(lambda entry: study(folder, entry[0], *entry[1]), enumerate(WORKLOADS)))
    regrets, keeps = [], []
    for lines, _ in results:
        for name, present, title, verdict, chosen, regret, keep in lines:
            print(f"{name:26} {present:6} {title:18} {verdict:7} {chosen!s:6} "
                  f"regret {'-' if regret is None else f'{regret:.1f}':>5} %  keep {keep:.1f} %")
            if regret is not None:
                regrets.append(regret)
                keeps.append(keep)
    print(f"regret: mean {sum(regrets) / len(regrets):.2f} %, worst {max(regrets):.1f} %, of {len(regrets)}; "
          f"keep: mean {sum(keeps) / len(keeps):.2f} %")
    calibration = [pair for _, pairs in results for pair in pairs if pair[0] is not None]
    for low, high in ((0.9, 1.01), (0.5, 0.9), (0.1, 0.5), (0, 0.1)):
        inside = [met for share, met in calibration if low <= share < high]
        if inside:
            print(f"P(meets) {low:.1f} to {min(high, 1):.1f}: met {100 * sum(inside) / len(inside):.0f} % of {len(inside)}")


main()
