// A stand-in for libcuda.so.1 whose device is the host, so that everything from JCuda to the command line runs without a GPU: the
// driver calls that the backend makes, with their real names and types, over the shipped kernel sources and emulation.h.
//
// Work runs in order on a thread of its own, as late as that gets to it. Refused, as a driver would or more strictly: copies from or
// to host memory that is not page-locked, addresses outside of an allocation, launches beyond a kernel's shared memory, calls on a
// thread without a context, use of what was destroyed, and while a thread captures a stream whatever may not be captured.
//
// Environment: EMULATED_CUDA_VERSION (13000), EMULATED_CUDA_MEMORY in bytes (8 GiB), EMULATED_CUDA_FREE in bytes (all of it), and
// EMULATED_CUDA_FAULT=KERNEL:N, whose N-th run fails as on an illegal address. CUDA_VISIBLE_DEVICES chooses among two devices.
#include "emulated_driver.h"
#include "host_kernels.cpp"

#include <stdio.h>
#include <stdlib.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace {

enum Status { SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NO_DEVICE = 100, INVALID_CONTEXT = 201, INVALID_HANDLE = 400,
              NOT_FOUND = 500, ILLEGAL_ADDRESS = 700, CAPTURE_UNSUPPORTED = 900 };

constexpr int MOST_ARGUMENTS = 16;
constexpr int SHARED_BY_DEFAULT = 48 * 1024;
constexpr int SHARED_OPT_IN = 232448;

struct Function {
    const Kernel* kernel;
    int sharedBytes = SHARED_BY_DEFAULT;
    int runs = 0;
};

struct Event {
    unsigned recorded = 0;
    unsigned passed = 0;
    uint64_t time = 0;
};

using Work = std::function<void()>;
using Graph = std::vector<std::pair<Work, bool>>;  // true: a kernel

struct Stream {
    uint32_t number;
    bool capturing = false;
    Graph captured;
};

// Never destroyed: the worker thread lives until the process ends.
struct Device {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Work> queue;
    bool busy = false;
    Status fault = SUCCESS;
    std::map<uintptr_t, size_t> memory, pinned;
    std::set<void*> alive;
    size_t used = 0;
    uint32_t streams = 6;
    std::atomic<uint32_t> correlation{0};
    std::atomic<const emulated_listener*> listener{nullptr};

    Device() {
        std::thread([this] { work(); }).detach();
    }

    void work() {
        std::unique_lock<std::mutex> lock(mutex);
        for (;;) {
            changed.wait(lock, [this] { return !queue.empty(); });
            Work next = std::move(queue.front());
            queue.pop_front();
            busy = true;
            lock.unlock();
            next();
            lock.lock();
            busy = false;
            changed.notify_all();
        }
    }

    void finish(std::unique_lock<std::mutex>& lock) {
        changed.wait(lock, [this] { return queue.empty() && !busy; });
    }

    static bool holds(const std::map<uintptr_t, size_t>& ranges, uintptr_t address, size_t bytes) {
        auto after = ranges.upper_bound(address);
        if (after == ranges.begin()) {
            return false;
        }
        --after;
        return address + bytes <= after->first + after->second;
    }
};

Device& device() {
    static Device* it = new Device();
    return *it;
}

thread_local void* context = nullptr;
thread_local bool capturing = false;  // in mode THREAD_LOCAL: the thread may not do what a capture cannot hold

long long setting(const char* name, long long fallback) {
    const char* value = getenv(name);
    return value != nullptr ? atoll(value) : fallback;
}

size_t total_memory() { return setting("EMULATED_CUDA_MEMORY", 8LL << 30); }

std::vector<int> visible() {
    const char* value = getenv("CUDA_VISIBLE_DEVICES");
    std::vector<int> ordinals;
    if (value == nullptr) {
        return {0, 1};
    }
    for (const char* at = value; *at != 0;) {
        char* end;
        const long ordinal = strtol(at, &end, 10);
        if (end == at || ordinal < 0 || ordinal > 1) {
            break;  // an unknown device hides those behind it
        }
        ordinals.push_back(static_cast<int>(ordinal));
        at = *end == ',' ? end + 1 : end;
    }
    return ordinals;
}

void fail(Status status) {
    std::lock_guard<std::mutex> lock(device().mutex);
    if (device().fault == SUCCESS) {
        device().fault = status;
    }
}

bool faulted() {
    std::lock_guard<std::mutex> lock(device().mutex);
    return device().fault != SUCCESS;
}

// The state in which every call begins.
Status state() {
    if (context == nullptr) {
        return INVALID_CONTEXT;
    }
    std::lock_guard<std::mutex> lock(device().mutex);
    return device().fault;
}

bool is_to_fail(Function& function) {
    const char* fault = getenv("EMULATED_CUDA_FAULT");
    const char* colon = fault != nullptr ? strchr(fault, ':') : nullptr;
    return colon != nullptr && std::string(fault, colon) == function.kernel->name && ++function.runs == atoi(colon + 1);
}

// The state in which calls begin that may not be made during a capture.
Status uncaptured_state() { return capturing ? CAPTURE_UNSUPPORTED : state(); }

void queue(Stream& stream, Work work, bool kernel) {
    if (stream.capturing) {
        stream.captured.emplace_back(std::move(work), kernel);
        return;
    }
    std::lock_guard<std::mutex> lock(device().mutex);
    device().queue.push_back(std::move(work));
    device().changed.notify_all();
}

thread_local uint32_t graph_correlation = 0;

// Runs the body as a kernel and tells the listener.
Work timed(std::string name, uint32_t correlation, uint32_t stream, Work body) {
    return [=] {
        const uint64_t start = emulated_clock();
        body();
        const emulated_listener* listener = device().listener;
        if (listener != nullptr) {
            listener->kernel(graph_correlation != 0 ? graph_correlation : correlation, name.c_str(), start, emulated_clock(), stream);
        }
    };
}

uint32_t launched(bool runtime) {
    const uint32_t correlation = ++device().correlation;
    const emulated_listener* listener = device().listener;
    if (listener != nullptr) {
        listener->launched(correlation, runtime);
    }
    return correlation;
}

}  // namespace

extern "C" {

void emulated_listen(const emulated_listener* listener) { device().listener = listener; }

uint64_t emulated_clock() {
    // far from the JVM's clock, so that times that were not converted show
    return 1000000000000ull + std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

void emulated_finish() {
    std::unique_lock<std::mutex> lock(device().mutex);
    device().finish(lock);
}

int emulated_queue(const char* name, void (*body)(void*), void* argument, void* stream) {
    Stream& target = *static_cast<Stream*>(stream);
    queue(target, timed(name, target.capturing ? 0 : launched(true), target.number, [=] { body(argument); }), true);
    return SUCCESS;
}

int cuInit(unsigned) { return visible().empty() ? NO_DEVICE : SUCCESS; }
int cuDriverGetVersion(int* version) {
    *version = static_cast<int>(setting("EMULATED_CUDA_VERSION", 13000));
    return SUCCESS;
}
int cuDeviceGetCount(int* count) {
    *count = static_cast<int>(visible().size());
    return SUCCESS;
}
int cuDeviceGet(int* result, int ordinal) {
    if (ordinal < 0 || ordinal >= static_cast<int>(visible().size())) {
        return INVALID_VALUE;
    }
    *result = visible()[ordinal];
    return SUCCESS;
}
int cuDeviceGetName(char* name, int size, int number) {
    snprintf(name, size, "Emulated GPU %d", number);
    return SUCCESS;
}
int cuDeviceTotalMem_v2(size_t* bytes, int) {
    *bytes = total_memory();
    return SUCCESS;
}
int cuDeviceGetPCIBusId(char* text, int size, int number) {
    snprintf(text, size, "0000:0%d:00.0", number);
    return SUCCESS;
}
int cuDeviceGetAttribute(int* value, int attribute, int) {
    switch (attribute) {
        case 13: *value = 1000000; return SUCCESS;
        case 16: *value = 4; return SUCCESS;
        case 36: *value = 1000000; return SUCCESS;
        case 37: *value = 256; return SUCCESS;
        case 75: *value = 9; return SUCCESS;
        case 76: *value = 0; return SUCCESS;
        case 97: *value = SHARED_OPT_IN; return SUCCESS;
        default: return INVALID_VALUE;
    }
}

int cuGetErrorString(int status, const char** text) {
    switch (status) {
        case INVALID_VALUE: *text = "invalid argument"; break;
        case OUT_OF_MEMORY: *text = "out of memory"; break;
        case INVALID_CONTEXT: *text = "invalid device context"; break;
        case INVALID_HANDLE: *text = "invalid resource handle"; break;
        case NOT_FOUND: *text = "named symbol not found"; break;
        case CAPTURE_UNSUPPORTED: *text = "operation not permitted when stream is capturing"; break;
        case ILLEGAL_ADDRESS: *text = "an illegal memory access was encountered"; break;
        default: *text = nullptr; return INVALID_VALUE;
    }
    return SUCCESS;
}

int cuDevicePrimaryCtxRetain(void** result, int number) {
    *result = reinterpret_cast<void*>(static_cast<uintptr_t>(0xc0 + number));
    return SUCCESS;
}
int cuDevicePrimaryCtxRelease_v2(int) { return SUCCESS; }
int cuCtxSetCurrent(void* it) {
    context = it;
    return SUCCESS;
}

int cuMemGetInfo_v2(size_t* free, size_t* total) {
    if (const Status status = state()) {
        return status;
    }
    std::lock_guard<std::mutex> lock(device().mutex);
    const size_t most = setting("EMULATED_CUDA_FREE", total_memory());
    *free = most - device().used;
    *total = total_memory();
    return SUCCESS;
}
int cuMemAlloc_v2(uintptr_t* address, size_t bytes) {
    if (const Status status = uncaptured_state()) {
        return status;
    }
    std::lock_guard<std::mutex> lock(device().mutex);
    if (device().used + bytes > static_cast<size_t>(setting("EMULATED_CUDA_FREE", total_memory()))) {
        return OUT_OF_MEMORY;
    }
    void* memory = nullptr;
    if (posix_memalign(&memory, 256, bytes) != 0) {
        return OUT_OF_MEMORY;
    }
    memset(memory, 0xff, bytes);  // NaN in every type: what is read before it was written shows
    *address = reinterpret_cast<uintptr_t>(memory);
    device().memory[*address] = bytes;
    device().used += bytes;
    return SUCCESS;
}
int cuMemFree_v2(uintptr_t address) {
    std::unique_lock<std::mutex> lock(device().mutex);
    device().finish(lock);
    auto found = device().memory.find(address);
    if (found == device().memory.end()) {
        return INVALID_VALUE;
    }
    device().used -= found->second;
    device().memory.erase(found);
    free(reinterpret_cast<void*>(address));
    return SUCCESS;
}
int cuMemHostAlloc(void** address, size_t bytes, unsigned) {
    if (const Status status = uncaptured_state()) {
        return status;
    }
    if (posix_memalign(address, 4096, bytes) != 0) {
        return OUT_OF_MEMORY;
    }
    std::lock_guard<std::mutex> lock(device().mutex);
    device().pinned[reinterpret_cast<uintptr_t>(*address)] = bytes;
    return SUCCESS;
}
int cuMemFreeHost(void* address) {
    std::unique_lock<std::mutex> lock(device().mutex);
    device().finish(lock);
    if (device().pinned.erase(reinterpret_cast<uintptr_t>(address)) == 0) {
        return INVALID_VALUE;
    }
    free(address);
    return SUCCESS;
}

// The image is only looked at: an ELF or a PTX text that ends with a zero.
int cuModuleLoadData(void** module, const char* image) {
    if (const Status status = uncaptured_state()) {
        return status;
    }
    if (memcmp(image, "\177ELF", 4) != 0 && strstr(image, ".version") == nullptr) {
        return INVALID_VALUE;
    }
    *module = new std::vector<Function*>();
    return SUCCESS;
}
int cuModuleGetFunction(void** function, void* module, const char* name) {
    for (const Kernel& kernel : KERNELS) {
        if (strcmp(kernel.name, name) == 0) {
            Function* made = new Function{&kernel};
            static_cast<std::vector<Function*>*>(module)->push_back(made);
            *function = made;
            return SUCCESS;
        }
    }
    return NOT_FOUND;
}
int cuModuleUnload(void* module) {
    for (Function* function : *static_cast<std::vector<Function*>*>(module)) {
        delete function;
    }
    delete static_cast<std::vector<Function*>*>(module);
    return SUCCESS;
}
int cuFuncSetAttribute(void* function, int attribute, int value) {
    if (attribute != 8 || value > SHARED_OPT_IN) {
        return INVALID_VALUE;
    }
    static_cast<Function*>(function)->sharedBytes = value;
    return SUCCESS;
}

int cuStreamCreate(void** stream, unsigned) {
    std::lock_guard<std::mutex> lock(device().mutex);
    *stream = new Stream{++device().streams};
    device().alive.insert(*stream);
    return SUCCESS;
}
int cuStreamDestroy_v2(void* stream) {
    std::lock_guard<std::mutex> lock(device().mutex);
    return device().alive.erase(stream) == 1 ? SUCCESS : INVALID_HANDLE;
}

int cuLaunchKernel(void* handle, unsigned bx, unsigned by, unsigned bz, unsigned tx, unsigned ty, unsigned tz, unsigned shared,
                   void* streamHandle, void** arguments, void** extra) {
    if (const Status status = state()) {
        return status;
    }
    Function* function = static_cast<Function*>(handle);
    Stream& stream = *static_cast<Stream*>(streamHandle);
    const bool fits = bx > 0 && by > 0 && bz > 0 && by < 65536 && bz < 65536 && tx * ty * tz > 0 && tx * ty * tz <= 1024;
    if (!fits || static_cast<int>(shared) > function->sharedBytes || extra != nullptr) {
        return INVALID_VALUE;
    }
    std::vector<uint64_t> values(MOST_ARGUMENTS);
    for (int i = 0; i < function->kernel->arguments; ++i) {
        memcpy(&values[i], arguments[i], 8);  // slots are of 8 bytes; the kernel takes of them what its type says
    }
    Work body = [=]() mutable {
        if (faulted()) {
            return;
        }
        if (is_to_fail(*function)) {
            fail(ILLEGAL_ADDRESS);
            return;
        }
        void* pointers[MOST_ARGUMENTS];
        for (int i = 0; i < MOST_ARGUMENTS; ++i) {
            pointers[i] = &values[i];
        }
        const emulation::Result result =
            emulation::launch(function->kernel->body, {bx, by, bz}, {tx, ty, tz}, shared, pointers, false);
        if (result != emulation::OK) {
            fprintf(stderr, "%s: emulation result %d\n", function->kernel->name, result);
            fail(ILLEGAL_ADDRESS);
        }
    };
    queue(stream, timed(function->kernel->name, stream.capturing ? 0 : launched(false), stream.number, body), true);
    return SUCCESS;
}

static int copy(uintptr_t deviceAddress, uintptr_t host, size_t bytes, void* stream, bool toDevice) {
    if (const Status status = state()) {
        return status;
    }
    {
        std::lock_guard<std::mutex> lock(device().mutex);
        if (!Device::holds(device().memory, deviceAddress, bytes) || !Device::holds(device().pinned, host, bytes)) {
            return INVALID_VALUE;
        }
    }
    queue(*static_cast<Stream*>(stream), [=] {
        if (!faulted()) {
            memcpy(reinterpret_cast<void*>(toDevice ? deviceAddress : host), reinterpret_cast<void*>(toDevice ? host : deviceAddress), bytes);
        }
    }, false);
    return SUCCESS;
}
int cuMemcpyHtoDAsync_v2(uintptr_t target, const void* source, size_t bytes, void* stream) {
    return copy(target, reinterpret_cast<uintptr_t>(source), bytes, stream, true);
}
int cuMemcpyDtoHAsync_v2(void* target, uintptr_t source, size_t bytes, void* stream) {
    return copy(source, reinterpret_cast<uintptr_t>(target), bytes, stream, false);
}
int cuMemcpyDtoDAsync_v2(uintptr_t target, uintptr_t source, size_t bytes, void* stream) {
    if (const Status status = state()) {
        return status;
    }
    queue(*static_cast<Stream*>(stream), [=] { memcpy(reinterpret_cast<void*>(target), reinterpret_cast<void*>(source), bytes); }, false);
    return SUCCESS;
}
int cuMemsetD8Async(uintptr_t target, unsigned char value, size_t bytes, void* stream) {
    if (const Status status = state()) {
        return status;
    }
    queue(*static_cast<Stream*>(stream), [=] { memset(reinterpret_cast<void*>(target), value, bytes); }, false);
    return SUCCESS;
}

int cuEventCreate(void** event, unsigned) {
    if (const Status status = state()) {
        return status;
    }
    std::lock_guard<std::mutex> lock(device().mutex);
    *event = new Event();
    device().alive.insert(*event);
    return SUCCESS;
}
int cuEventRecord(void* handle, void* stream) {
    if (const Status status = state()) {
        return status;
    }
    Event* event = static_cast<Event*>(handle);
    {
        std::lock_guard<std::mutex> lock(device().mutex);
        if (device().alive.count(event) == 0) {
            return INVALID_HANDLE;
        }
        ++event->recorded;
    }
    queue(*static_cast<Stream*>(stream), [=] {
        std::lock_guard<std::mutex> lock(device().mutex);
        event->time = emulated_clock();
        ++event->passed;
        device().changed.notify_all();
    }, false);
    return SUCCESS;
}
int cuEventSynchronize(void* handle) {
    if (capturing) {
        return CAPTURE_UNSUPPORTED;
    }
    Event* event = static_cast<Event*>(handle);
    std::unique_lock<std::mutex> lock(device().mutex);
    if (device().alive.count(event) == 0) {
        return INVALID_HANDLE;
    }
    device().changed.wait(lock, [=] { return event->passed == event->recorded; });
    return device().fault;
}
int cuEventElapsedTime(float* millis, void* from, void* to) {
    std::lock_guard<std::mutex> lock(device().mutex);
    Event* first = static_cast<Event*>(from);
    Event* second = static_cast<Event*>(to);
    if (device().alive.count(first) == 0 || device().alive.count(second) == 0 || first->passed == 0 || second->passed == 0) {
        return INVALID_HANDLE;
    }
    *millis = (static_cast<double>(second->time) - static_cast<double>(first->time)) * 1e-6;
    return device().fault;
}
int cuEventDestroy_v2(void* event) {
    std::lock_guard<std::mutex> lock(device().mutex);
    return device().alive.erase(event) == 1 ? SUCCESS : INVALID_HANDLE;
}

int cuStreamBeginCapture_v2(void* handle, int) {
    Stream& stream = *static_cast<Stream*>(handle);
    stream.capturing = capturing = true;
    stream.captured.clear();
    return SUCCESS;
}
int cuStreamEndCapture(void* handle, void** graph) {
    Stream& stream = *static_cast<Stream*>(handle);
    stream.capturing = capturing = false;
    *graph = new Graph(std::move(stream.captured));
    return SUCCESS;
}
int cuGraphInstantiateWithFlags(void** executable, void* graph, unsigned long long) {
    *executable = new Graph(*static_cast<Graph*>(graph));
    return SUCCESS;
}
int cuGraphDestroy(void* graph) {
    delete static_cast<Graph*>(graph);
    return SUCCESS;
}
int cuGraphLaunch(void* executable, void* stream) {
    if (const Status status = state()) {
        return status;
    }
    const Graph graph = *static_cast<Graph*>(executable);
    const uint32_t correlation = launched(false);
    queue(*static_cast<Stream*>(stream), [=] {
        graph_correlation = correlation;
        for (const auto& node : graph) {
            node.first();
        }
        graph_correlation = 0;
    }, false);
    return SUCCESS;
}
int cuGraphExecDestroy(void* executable) {
    delete static_cast<Graph*>(executable);
    return SUCCESS;
}

// Leaves a trace: what a profiler would have been told.
static int profiler(const char* what) {
    const char* file = getenv("EMULATED_CUDA_PROFILER_LOG");
    FILE* log = file != nullptr ? fopen(file, "a") : nullptr;
    if (log != nullptr) {
        fprintf(log, "%s\n", what);
        fclose(log);
    }
    return SUCCESS;
}
int cuProfilerStart() { return profiler("start"); }
int cuProfilerStop() { return profiler("stop"); }

}  // extern "C"
