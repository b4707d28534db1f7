// The next token from a row of logits, greedy or by temperature, top-k and top-p, one block a row.
//
// Weights exp((logit - max) / temperature) are rounded to fixed point, 40 binary digits behind the point, and summed as integers:
// the sums are exact, so neither the order of threads nor atomics can change a choice. The cut is found by radix selection over
// the logits' ordered bits, eight at a time from the top, without sorting. Tokens of equal logit at the cut are all kept.
#include "device.cuh"
#include "step.cuh"

constexpr int SAMPLE_THREADS = 512;
constexpr int BINS = 256;
constexpr float FIXED_ONE = 1099511627776.0f;  // 2^40; a vocabulary of 2^23 tokens cannot overflow 64 bits

using Mass = unsigned long long;

struct SampleRow {
    const float* logits;
    int vocabulary;
    float maximum;
    float inverseTemperature;
};

// Bits whose unsigned order is the floats' order.
DEVICE unsigned ordered(float value) {
    const unsigned bits = __float_as_uint(value);
    return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
}

DEVICE Mass mass(const SampleRow& row, float logit) {
    return static_cast<Mass>(expf((logit - row.maximum) * row.inverseTemperature) * FIXED_ONE);
}

// The largest logit and the lowest token that has it, in every thread. NaN never wins; a row of nothing but NaN yields token 0.
DEVICE void arg_max(const float* logits, int vocabulary, float& maximum, int& token) {
    __shared__ float bestLogits[SAMPLE_THREADS];
    __shared__ int bestTokens[SAMPLE_THREADS];
    float best = -INFINITY;
    int bestToken = 0x7fffffff;
    for (int i = threadIdx.x; i < vocabulary; i += SAMPLE_THREADS) {
        if (logits[i] > best) {
            best = logits[i];
            bestToken = i;
        }
    }
    bestLogits[threadIdx.x] = best;
    bestTokens[threadIdx.x] = bestToken;
    for (int stride = SAMPLE_THREADS / 2; stride > 0; stride /= 2) {
        __syncthreads();
        if (static_cast<int>(threadIdx.x) < stride) {
            const int other = threadIdx.x + stride;
            if (bestLogits[other] > bestLogits[threadIdx.x]
                || (bestLogits[other] == bestLogits[threadIdx.x] && bestTokens[other] < bestTokens[threadIdx.x])) {
                bestLogits[threadIdx.x] = bestLogits[other];
                bestTokens[threadIdx.x] = bestTokens[other];
            }
        }
    }
    __syncthreads();
    maximum = bestLogits[0];
    token = bestTokens[0] < vocabulary ? bestTokens[0] : 0;
    __syncthreads();
}

// The lowest ordered value T such that the tokens above T alone do not reach `wanted`: tokens are counted where Weigh is false,
// their masses added where it is true. Only tokens of at least `floor` take part.
template <bool Weigh>
DEVICE unsigned select_cut(const SampleRow& row, unsigned floor, Mass wanted) {
    __shared__ Mass bins[BINS];
    __shared__ unsigned chosen;
    __shared__ Mass above;
    unsigned prefix = 0;
    if (threadIdx.x == 0) {
        above = 0;
    }
    for (int shift = 24; shift >= 0; shift -= 8) {
        for (int b = threadIdx.x; b < BINS; b += SAMPLE_THREADS) {
            bins[b] = 0;
        }
        __syncthreads();
        const unsigned fixed = shift == 24 ? 0u : 0xffffffffu << (shift + 8);
        for (int i = threadIdx.x; i < row.vocabulary; i += SAMPLE_THREADS) {
            const unsigned value = ordered(row.logits[i]);
            if (value >= floor && (value & fixed) == prefix) {
                atomicAdd(&bins[(value >> shift) & 0xff], Weigh ? mass(row, row.logits[i]) : Mass{1});
            }
        }
        __syncthreads();
        if (threadIdx.x == 0) {
            int b = BINS - 1;
            while (b > 0 && above + bins[b] < wanted) {
                above += bins[b--];
            }
            chosen = static_cast<unsigned>(b) << shift;
        }
        __syncthreads();
        prefix |= chosen;
        __syncthreads();
    }
    return prefix > floor ? prefix : floor;
}

// The mass of all tokens of at least `floor`, in every thread.
DEVICE Mass total_mass(const SampleRow& row, unsigned floor) {
    __shared__ Mass total;
    if (threadIdx.x == 0) {
        total = 0;
    }
    __syncthreads();
    Mass own = 0;
    for (int i = threadIdx.x; i < row.vocabulary; i += SAMPLE_THREADS) {
        if (ordered(row.logits[i]) >= floor) {
            own += mass(row, row.logits[i]);
        }
    }
    atomicAdd(&total, own);
    __syncthreads();
    const Mass result = total;
    __syncthreads();
    return result;
}

// The token at which the running mass, in order of token ids, passes `target`. Found by the thread whose stretch of ids holds it.
DEVICE int pick(const SampleRow& row, unsigned floor, Mass target) {
    __shared__ Mass starts[SAMPLE_THREADS];
    __shared__ int token;
    const int stretch = (row.vocabulary + SAMPLE_THREADS - 1) / SAMPLE_THREADS;
    const int first = threadIdx.x * stretch;
    const int end = first + stretch < row.vocabulary ? first + stretch : row.vocabulary;
    Mass own = 0;
    for (int i = first; i < end; ++i) {
        own += ordered(row.logits[i]) >= floor ? mass(row, row.logits[i]) : Mass{0};
    }
    starts[threadIdx.x] = own;
    __syncthreads();
    if (threadIdx.x == 0) {
        Mass running = 0;
        for (int t = 0; t < SAMPLE_THREADS; ++t) {
            const Mass next = running + starts[t];
            starts[t] = running;
            running = next;
        }
    }
    __syncthreads();
    Mass running = starts[threadIdx.x];
    if (own > 0 && running <= target && target < running + own) {
        for (int i = first; i < end; ++i) {
            running += ordered(row.logits[i]) >= floor ? mass(row, row.logits[i]) : Mass{0};
            if (target < running) {
                token = i;
                break;
            }
        }
    }
    __syncthreads();
    return token;
}

// One block a sample.
KERNEL void __launch_bounds__(SAMPLE_THREADS)
sample(int* sampled, const float* logits, const int* step, int vocabulary) {
    const int index = blockIdx.x;
    if (index >= step[SAMPLES]) {
        return;
    }
    const int* parameters = step + step[SAMPLE_PARAMETERS] + index * SAMPLE_INTS;
    SampleRow row{logits + static_cast<long long>(index) * vocabulary, vocabulary, 0.0f, __int_as_float(parameters[INVERSE_TEMPERATURE])};
    int token;
    arg_max(row.logits, vocabulary, row.maximum, token);
    if (row.inverseTemperature > 0.0f && row.maximum > -INFINITY) {
        unsigned floor = ordered(-INFINITY);
        const int topK = parameters[TOP_K];
        if (topK > 0 && topK < vocabulary) {
            floor = select_cut<false>(row, floor, static_cast<Mass>(topK));
        }
        Mass total = total_mass(row, floor);
        const float topP = __int_as_float(parameters[TOP_P]);
        if (topP < 1.0f) {
            floor = select_cut<true>(row, floor, static_cast<Mass>(static_cast<double>(total) * topP));
            total = total_mass(row, floor);
        }
        const Mass random = static_cast<Mass>(static_cast<unsigned>(parameters[RANDOM_HIGH])) << 32
                            | static_cast<unsigned>(parameters[RANDOM_LOW]);
        token = pick(row, floor, __umul64hi(random, total));
    }
    if (threadIdx.x == 0) {
        sampled[step_value(step, SAMPLE_TARGET, index)] = token;
    }
}
