// Runs the engine and llama.cpp beside each other on the shape of Qwen3-0.6B in BF16: both loaded and warm, the same number of threads,
// one measurement of the one, then the same of the other, round by round.
//
//     npm i node-llama-cpp@3 --ignore-scripts
//     python3 write_gguf.py model.gguf
//     node llamacpp.mjs model.gguf [THREADS [ROUNDS]]
//
// Environment: PEER is the command that starts the engine's side (default: bin/bench engine -main dev.iterscope.engine.bench.Peer).
import {spawn} from "node:child_process";
import {dirname, join} from "node:path";
import {createInterface} from "node:readline";
import {fileURLToPath} from "node:url";
import {getLlama} from "node-llama-cpp";

const [file, threads = "2", rounds = "5"] = process.argv.slice(2);
const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const command = (process.env.PEER ?? `${root}/bin/bench engine -main dev.iterscope.engine.bench.Peer`).split(" ");
const CONCURRENT = 16;

// The engine's side answers each line `prefill N`, `decode CONTEXT N` or `concurrent REQUESTS PROMPT N` with seconds.
const child = spawn(command[0], [...command.slice(1), threads], {stdio: ["pipe", "pipe", "inherit"]});
const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
async function engine(...words) {
    child.stdin.write(words.join(" ") + "\n");
    const {value, done} = await lines.next();
    if (done) {
        throw new Error("the engine's side ended");
    }
    return Number(value);
}

const llama = await getLlama({gpu: false, build: "never", logLevel: "error", maxThreads: Number(threads)});
const model = await llama.loadModel({modelPath: file});
const context = await model.createContext({contextSize: 4096, batchSize: 512, threads: Number(threads), flashAttention: process.env.FLASH === "1"});
const sequence = context.getSequence();
const prompt = (length) => Array.from({length}, (_, i) => (i * 37 + 11) % 150000);

async function peerPrefill(length) {
    await sequence.clearHistory();
    const start = performance.now();
    for await (const _ of sequence.evaluate(prompt(length), {temperature: 0})) {
        break;
    }
    return (performance.now() - start) / 1e3;
}
// Seconds of `count` tokens after the first.
async function peerDecode(length, count) {
    await sequence.clearHistory();
    let first = 0;
    let seen = 0;
    for await (const _ of sequence.evaluate(prompt(length), {temperature: 0})) {
        if (seen++ === 0) {
            first = performance.now();
        } else if (seen > count) {
            break;
        }
    }
    return (performance.now() - first) / 1e3;
}
// Requests one by one.
async function peerOneByOne(requests, length, count) {
    const start = performance.now();
    for (let i = 0; i < requests; i++) {
        await sequence.clearHistory();
        let seen = 0;
        for await (const _ of sequence.evaluate(prompt(length), {temperature: 0})) {
            if (++seen === count) {
                break;
            }
        }
    }
    return (performance.now() - start) / 1e3;
}

const cases = [
    {name: "prefill of 512", tokens: 512, engine: () => engine("prefill", 512), peer: () => peerPrefill(512)},
    {name: "prefill of 2048", tokens: 2048, engine: () => engine("prefill", 2048), peer: () => peerPrefill(2048)},
    {name: "decode after 512", tokens: 64, engine: () => engine("decode", 512, 64), peer: () => peerDecode(512, 64)},
    {name: `${CONCURRENT} requests of 64 in, 64 out`, tokens: CONCURRENT * 64,
        engine: () => engine("concurrent", CONCURRENT, 64, 64), peer: () => peerOneByOne(CONCURRENT, 64, 64)},
];
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const range = (values) => `${median(values).toFixed(1)} [${Math.min(...values).toFixed(1)}, ${Math.max(...values).toFixed(1)}]`;

for (const one of cases.slice(0, 3)) {
    await one.engine();
    await one.peer();
}
await cases[3].engine();
const results = cases.map(() => ({engine: [], peer: [], ratio: []}));
for (let round = 0; round < Number(rounds); round++) {
    for (const [i, one] of cases.entries()) {
        const ours = one.tokens / await one.engine();
        const theirs = one.tokens / await one.peer();
        results[i].engine.push(ours);
        results[i].peer.push(theirs);
        results[i].ratio.push(ours / theirs);
    }
}
console.log(`llama.cpp ${llama.llamaCppRelease?.release ?? ""}, ${threads} threads, ${rounds} rounds: tokens/s, median [least, most]`);
for (const [i, one] of cases.entries()) {
    const {engine: ours, peer, ratio} = results[i];
    console.log(`${one.name}: engine ${range(ours)}, llama.cpp ${range(peer)}, ratio ${median(ratio).toFixed(2)} `
        + `[${Math.min(...ratio).toFixed(2)}, ${Math.max(...ratio).toFixed(2)}]`);
}
child.stdin.end();
await context.dispose();
process.exit(0);
