// Runs a GGUF file through llama.cpp and prints what it thinks of every next token: the reference that ReferenceLogitsTest checks.
//
// npm i node-llama-cpp@3 --ignore-scripts && node reference.mjs FOLDER/model.gguf > reference.json
import {getLlama} from "node-llama-cpp";

const PROMPT = Array.from({length: 33}, (_, i) => (i * 37 + 11) % 250);
const CONTINUATION = 24;

const llama = await getLlama({gpu: false, build: "never", logLevel: "error"});
const model = await llama.loadModel({modelPath: process.argv[2]});
const context = await model.createContext({contextSize: 128, threads: 1, flashAttention: false});

// Probabilities after each token of the prompt (one batch), then token by token.
const sequence = context.getSequence();
const steps = [];
function keep(output) {
    const probabilities = output.next.probabilities;
    const logProbabilities = Array.from({length: 256}, (_, token) => Math.log(probabilities.get(token)));
    steps.push({logProbabilities: logProbabilities.map((value) => Number(value.toFixed(6)))});
    return logProbabilities.indexOf(Math.max(...logProbabilities));
}
const wanted = {generateNext: {probabilities: true, options: {temperature: 1, topK: 0, topP: 1, minP: 0}}};
let next = null;
for (const output of await sequence.controlledEvaluate(PROMPT.map((token) => [token, wanted]))) {
    next = keep(output);
}
const continuation = [];
while (continuation.length < CONTINUATION) {
    continuation.push(next);
    const [output] = await sequence.controlledEvaluate([[next, wanted]]);
    next = keep(output);
}
process.stdout.write(JSON.stringify({
    madeWith: "llama.cpp " + (llama.llamaCppRelease?.release ?? "") + " through node-llama-cpp 3, one thread, F32 weights, F16 KV cache",
    prompt: PROMPT, continuation, steps,
}) + "\n");
await context.dispose();
process.exit(0);
