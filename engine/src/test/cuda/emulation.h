// The device operations of device.cuh by their definition, for the host compiler: a block's threads are fibers that take turns at
// barriers and warp operations, so that the kernel sources run unchanged and every lane sees what it would see on a device.
//
// It is stricter than a device where that finds mistakes: shared memory starts as NaN, an asynchronous copy shows NaN until it has
// been waited for, writes past the shared memory are noticed, a barrier that not all threads reach is an error, and threads can
// be run in either order.
#pragma once

#include <setjmp.h>
#include <ucontext.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#define DEVICE inline
#define KERNEL extern "C"
#define __launch_bounds__(...)
#define __shared__ static
#define SHARED_MEMORY(name) unsigned char* name = emulation::block.shared
#define threadIdx (emulation::current->index)
#define blockIdx (emulation::block.index)
#define blockDim (emulation::block.threads)
#define gridDim (emulation::block.blocks)

namespace emulation {

constexpr int WARP = 32;
constexpr int MAX_THREADS = 1024;
constexpr size_t STACK_BYTES = 128 * 1024;

struct Dim {
    unsigned x, y, z;
};

struct Barrier {
    int expected = 0;
    int arrived = 0;
    unsigned generation = 0;
};

// What the lanes of a warp hand to each other in one operation; two, so that a fast lane's next operation does not overwrite what
// a slow lane still reads.
struct Exchange {
    float values[WARP];
    const void* addresses[WARP];
    unsigned words[WARP][6];
    float a[16][16];
    float b[8][16];
};

struct Warp {
    Barrier barrier;
    Exchange exchange[2];
};

struct Copy {
    void* destination;
    const void* source;
    bool valid;
    unsigned group;
};

struct Thread {
    Dim index;
    int lane;
    Warp* warp;
    bool done;
    unsigned operations;
    unsigned committed;
    std::vector<Copy> copies;
    jmp_buf context;
    ucontext_t start;
    std::unique_ptr<char[]> stack;
};

struct Block {
    Dim index, threads, blocks;
    unsigned char* shared;
    Barrier barrier;
    int count;
    int live;
    int idleTurns;
    bool backwards;
    bool stuck;
    void (*body)(void**);
    void** arguments;
    std::vector<Warp> warps;
    std::vector<Thread> pool;
    jmp_buf scheduler;
};

inline Block block;
inline Thread* current;

inline void switch_to_next() {
    Thread* self = current;
    int i = static_cast<int>(self - block.pool.data());
    do {
        i = block.backwards ? (i == 0 ? block.count - 1 : i - 1) : (i + 1 == block.count ? 0 : i + 1);
    } while (block.pool[i].done && &block.pool[i] != self);
    if (++block.idleTurns > 4 * block.count + 4) {
        block.stuck = true;
        _longjmp(block.scheduler, 1);
    }
    current = &block.pool[i];
    if (current != self && _setjmp(self->context) == 0) {
        _longjmp(current->context, 1);
    }
}

inline bool open_if_complete(Barrier& barrier) {
    if (barrier.arrived == 0 || barrier.arrived < barrier.expected) {
        return false;
    }
    barrier.arrived = 0;
    ++barrier.generation;
    block.idleTurns = 0;
    return true;
}

inline void wait_at(Barrier& barrier) {
    const unsigned generation = barrier.generation;
    ++barrier.arrived;
    if (!open_if_complete(barrier)) {
        while (barrier.generation == generation) {
            switch_to_next();
        }
    }
}

inline void thread_main() {
    for (;;) {
        block.body(block.arguments);
        current->done = true;
        block.idleTurns = 0;
        --current->warp->barrier.expected;
        --block.barrier.expected;
        open_if_complete(current->warp->barrier);
        open_if_complete(block.barrier);
        if (--block.live == 0) {
            if (_setjmp(current->context) == 0) {
                _longjmp(block.scheduler, 1);
            }
        } else {
            switch_to_next();
        }
    }
}

// Makes the fiber and lets it run to a first stop, from where _longjmp can start it.
inline void fiber_entry() {
    if (_setjmp(current->context) == 0) {
        _longjmp(block.scheduler, 1);
    }
    thread_main();
}

inline void make_fiber(Thread& thread) {
    thread.stack = std::make_unique<char[]>(STACK_BYTES);
    getcontext(&thread.start);
    thread.start.uc_stack.ss_sp = thread.stack.get();
    thread.start.uc_stack.ss_size = STACK_BYTES;
    thread.start.uc_link = nullptr;
    makecontext(&thread.start, fiber_entry, 0);
    current = &thread;
    if (_setjmp(block.scheduler) == 0) {
        setcontext(&thread.start);
    }
}

enum Result { OK = 0, UNKNOWN_KERNEL = 1, STUCK = 2, SHARED_OVERRUN = 3, COPY_NOT_AWAITED = 4 };

inline Result run_block() {
    const int count = static_cast<int>(block.threads.x * block.threads.y * block.threads.z);
    if (block.pool.empty()) {
        block.pool.resize(MAX_THREADS);
    }
    block.count = count;
    block.live = count;
    block.idleTurns = 0;
    block.stuck = false;
    block.barrier = Barrier{count, 0, 0};
    block.warps.assign((count + WARP - 1) / WARP, Warp());
    for (int i = 0; i < count; ++i) {
        Thread& thread = block.pool[i];
        if (!thread.stack) {
            make_fiber(thread);
        }
        thread.index = Dim{i % block.threads.x, i / block.threads.x % block.threads.y, i / (block.threads.x * block.threads.y)};
        thread.lane = i % WARP;
        thread.warp = &block.warps[i / WARP];
        ++thread.warp->barrier.expected;
        thread.done = false;
        thread.operations = 0;
        thread.committed = 0;
        thread.copies.clear();
    }
    current = &block.pool[block.backwards ? count - 1 : 0];
    if (_setjmp(block.scheduler) == 0) {
        _longjmp(current->context, 1);
    }
    if (block.stuck) {
        for (int i = 0; i < count; ++i) {
            block.pool[i].stack.reset();  // they stand in the middle of a kernel: made anew for the next block
        }
        return STUCK;
    }
    for (int i = 0; i < count; ++i) {
        if (!block.pool[i].copies.empty()) {
            return COPY_NOT_AWAITED;
        }
    }
    return OK;
}

inline Result launch(void (*body)(void**), Dim blocks, Dim threads, unsigned sharedBytes, void** arguments, bool backwards) {
    constexpr unsigned GUARD = 256;
    std::vector<unsigned char> memory(sharedBytes + GUARD + 128);
    unsigned char* shared = memory.data() + (128 - reinterpret_cast<uintptr_t>(memory.data()) % 128) % 128;
    block.blocks = blocks;
    block.threads = threads;
    block.shared = shared;
    block.body = body;
    block.arguments = arguments;
    block.backwards = backwards;
    for (unsigned z = 0; z < blocks.z; ++z) {
        for (unsigned y = 0; y < blocks.y; ++y) {
            for (unsigned x = 0; x < blocks.x; ++x) {
                memset(shared, 0xff, sharedBytes);
                memset(shared + sharedBytes, 0xa5, GUARD - 128);
                block.index = Dim{x, y, z};
                const Result result = run_block();
                if (result != OK) {
                    return result;
                }
                for (unsigned i = 0; i < GUARD - 128; ++i) {
                    if (shared[sharedBytes + i] != 0xa5) {
                        return SHARED_OVERRUN;
                    }
                }
            }
        }
    }
    return OK;
}

inline Exchange& next_exchange() { return current->warp->exchange[current->operations++ & 1]; }

inline float widen(unsigned half) {
    const unsigned bits = half << 16;
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

inline unsigned narrow(float value) {
    unsigned bits;
    memcpy(&bits, &value, 4);
    if ((bits & 0x7fffffff) > 0x7f800000) {
        return 0x7fff;
    }
    return (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
}

inline unsigned element(const void* row, int column) { return static_cast<const unsigned short*>(row)[column]; }

}  // namespace emulation

DEVICE void __syncthreads() { emulation::wait_at(emulation::block.barrier); }
DEVICE void __syncwarp() { emulation::wait_at(emulation::current->warp->barrier); }

DEVICE float bf16_to_float(bf16 value) { return emulation::widen(value); }
DEVICE unsigned pack_bf16(float low, float high) { return emulation::narrow(low) | emulation::narrow(high) << 16; }

DEVICE unsigned __float_as_uint(float value) {
    unsigned bits;
    memcpy(&bits, &value, 4);
    return bits;
}
DEVICE float __int_as_float(int value) {
    float result;
    memcpy(&result, &value, 4);
    return result;
}
DEVICE unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
    return static_cast<unsigned long long>((static_cast<unsigned __int128>(a) * b) >> 64);
}
DEVICE float rsqrtf(float value) { return 1.0f / sqrtf(value); }
DEVICE unsigned long long atomicAdd(unsigned long long* target, unsigned long long value) {
    const unsigned long long before = *target;
    *target += value;
    return before;
}

DEVICE float shuffle_xor(float value, int mask) {
    emulation::Exchange& exchange = emulation::next_exchange();
    exchange.values[emulation::current->lane] = value;
    __syncwarp();
    return exchange.values[emulation::current->lane ^ mask];
}

// ldmatrix: register j of lane t holds row t / 4 of matrix j, columns 2 (t % 4) and the next; transposed, column t / 4, those rows.
DEVICE void load_matrices(unsigned (&r)[4], const void* row) {
    emulation::Exchange& exchange = emulation::next_exchange();
    const int lane = emulation::current->lane;
    exchange.addresses[lane] = row;
    __syncwarp();
    for (int j = 0; j < 4; ++j) {
        const void* source = exchange.addresses[j * 8 + lane / 4];
        const int column = lane % 4 * 2;
        r[j] = emulation::element(source, column) | emulation::element(source, column + 1) << 16;
    }
}

DEVICE void load_matrices_transposed(unsigned (&r)[4], const void* row) {
    emulation::Exchange& exchange = emulation::next_exchange();
    const int lane = emulation::current->lane;
    exchange.addresses[lane] = row;
    __syncwarp();
    for (int j = 0; j < 4; ++j) {
        const int column = lane % 4 * 2;
        r[j] = emulation::element(exchange.addresses[j * 8 + column], lane / 4)
               | emulation::element(exchange.addresses[j * 8 + column + 1], lane / 4) << 16;
    }
}

// mma.m16n8k16: lane t, g = t / 4, c = 2 (t % 4). a: (g, c), (g + 8, c), (g, c + 8), (g + 8, c + 8), pairs along k;
// b: k = c and c + 8 of column g, pairs along k; result: (g, c), (g, c + 1), (g + 8, c), (g + 8, c + 1).
DEVICE void multiply_add(float (&sums)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
    emulation::Exchange& exchange = emulation::next_exchange();
    const int lane = emulation::current->lane;
    const int group = lane / 4;
    const int column = lane % 4 * 2;
    for (int j = 0; j < 4; ++j) {
        float* target = &exchange.a[group + (j & 1) * 8][column + (j >> 1) * 8];
        target[0] = emulation::widen(a[j] & 0xffff);
        target[1] = emulation::widen(a[j] >> 16);
    }
    exchange.b[group][column] = emulation::widen(b0 & 0xffff);
    exchange.b[group][column + 1] = emulation::widen(b0 >> 16);
    exchange.b[group][column + 8] = emulation::widen(b1 & 0xffff);
    exchange.b[group][column + 9] = emulation::widen(b1 >> 16);
    __syncwarp();
    for (int e = 0; e < 4; ++e) {
        const float* rowA = exchange.a[group + (e >> 1) * 8];
        const float* columnB = exchange.b[column + (e & 1)];
        float sum = 0.0f;
        for (int k = 0; k < 16; ++k) {
            sum += rowA[k] * columnB[k];
        }
        sums[e] += sum;
    }
}

DEVICE void copy_async(void* destination, const void* source, bool valid) {
    memset(destination, 0xff, 16);
    emulation::current->copies.push_back({destination, source, valid, emulation::current->committed});
}

DEVICE void copy_async_commit() { ++emulation::current->committed; }

template <int Pending>
DEVICE void copy_async_wait() {
    emulation::Thread& thread = *emulation::current;
    std::vector<emulation::Copy> left;
    for (const emulation::Copy& copy : thread.copies) {
        if (copy.group + Pending < thread.committed) {
            if (copy.valid) {
                memcpy(copy.destination, copy.source, 16);
            } else {
                memset(copy.destination, 0, 16);
            }
        } else {
            left.push_back(copy);
        }
    }
    thread.copies.swap(left);
}
