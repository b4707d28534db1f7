// A stand-in for libcupti over the stand-in of the driver, with the record types of NVIDIA's own headers. As documented for
// cuptiActivityFlushAll(0), a buffer is handed over only when every record in it is complete; several steps share one.
#include "emulated_driver.h"

#include <cupti.h>

#include <string.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Buffer {
    uint8_t* memory = nullptr;
    size_t size = 0;
    size_t used = 0;
    size_t incomplete = 0;
};

struct Place {
    Buffer* buffer;
    size_t offset;
};

std::recursive_mutex mutex;
std::set<int> enabled;
CUpti_BuffersCallbackRequestFunc request;
CUpti_BuffersCallbackCompleteFunc complete;
std::vector<Buffer*> buffers;
std::multimap<uint32_t, Place> running;  // kernels by their launch
thread_local std::vector<uint64_t> ids;

template <class Record>
Place add(const Record& record) {
    Buffer* buffer = buffers.empty() ? nullptr : buffers.back();
    const size_t bytes = (sizeof(Record) + 7) / 8 * 8;
    if (buffer == nullptr || buffer->used + bytes > buffer->size) {
        buffer = new Buffer();
        size_t most = 0;
        request(&buffer->memory, &buffer->size, &most);
        buffers.push_back(buffer);
    }
    memcpy(buffer->memory + buffer->used, &record, sizeof(Record));
    const Place place{buffer, buffer->used};
    buffer->used += bytes;
    return place;
}

size_t size_of(const uint8_t* record) {
    CUpti_ActivityKind kind;
    memcpy(&kind, record, sizeof(kind));
    const size_t bytes = kind == CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL ? sizeof(CUpti_ActivityKernel10)
                         : kind == CUPTI_ACTIVITY_KIND_EXTERNAL_CORRELATION
                             ? sizeof(CUpti_ActivityExternalCorrelation)
                             : sizeof(CUpti_ActivityAPI);
    return (bytes + 7) / 8 * 8;
}

// As documented, a number that is attached to the thread comes with the record of a call, and only with it.
void launched(uint32_t correlation, int runtime) {
    std::lock_guard<std::recursive_mutex> lock(mutex);
    const CUpti_ActivityKind kind = runtime != 0 ? CUPTI_ACTIVITY_KIND_RUNTIME : CUPTI_ACTIVITY_KIND_DRIVER;
    if (enabled.count(kind) != 0) {
        if (enabled.count(CUPTI_ACTIVITY_KIND_EXTERNAL_CORRELATION) != 0 && !ids.empty()) {
            CUpti_ActivityExternalCorrelation record = {};
            record.kind = CUPTI_ACTIVITY_KIND_EXTERNAL_CORRELATION;
            record.externalKind = CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM0;
            record.externalId = ids.back();
            record.correlationId = correlation;
            add(record);
        }
        CUpti_ActivityAPI record = {};
        record.kind = kind;
        record.correlationId = correlation;
        add(record);
    }
    if (enabled.count(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL) != 0) {
        CUpti_ActivityKernel10 record = {};
        record.kind = CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL;
        record.correlationId = correlation;
        const Place place = add(record);
        ++place.buffer->incomplete;
        running.emplace(correlation, place);
    }
}

void kernel(uint32_t correlation, const char*, uint64_t start, uint64_t end, uint32_t stream) {
    std::lock_guard<std::recursive_mutex> lock(mutex);
    auto found = running.find(correlation);
    if (found == running.end()) {
        return;
    }
    CUpti_ActivityKernel10* record = reinterpret_cast<CUpti_ActivityKernel10*>(found->second.buffer->memory + found->second.offset);
    record->start = start;
    record->end = end;
    record->streamId = stream;
    --found->second.buffer->incomplete;
    running.erase(found);
}

const emulated_listener listener = {launched, kernel};

}  // namespace

extern "C" {

CUptiResult cuptiActivityRegisterCallbacks(CUpti_BuffersCallbackRequestFunc requested, CUpti_BuffersCallbackCompleteFunc completed) {
    request = requested;
    complete = completed;
    return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityEnable(CUpti_ActivityKind kind) {
    std::lock_guard<std::recursive_mutex> lock(mutex);
    if (request == nullptr) {
        return CUPTI_ERROR_NOT_INITIALIZED;
    }
    if (kind == CUPTI_ACTIVITY_KIND_INTERNAL_LAUNCH_API) {
        return CUPTI_ERROR_INVALID_KIND;  // an older library
    }
    enabled.insert(kind);
    emulated_listen(&listener);
    return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityDisable(CUpti_ActivityKind kind) {
    std::lock_guard<std::recursive_mutex> lock(mutex);
    enabled.erase(kind);
    return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityFlushAll(uint32_t flag) {
    std::vector<Buffer*> done;
    {
        std::lock_guard<std::recursive_mutex> lock(mutex);
        std::vector<Buffer*> left;
        for (Buffer* buffer : buffers) {
            const bool forced = (flag & CUPTI_ACTIVITY_FLAG_FLUSH_FORCED) != 0;
            (buffer->incomplete == 0 || forced ? done : left).push_back(buffer);
        }
        buffers.swap(left);
        for (Buffer* buffer : done) {
            for (auto at = running.begin(); at != running.end();) {
                at = at->second.buffer == buffer ? running.erase(at) : std::next(at);
            }
        }
    }
    // on a thread of its own, as CUPTI does it
    std::thread([&] {
        for (Buffer* buffer : done) {
            complete(nullptr, 0, buffer->memory, buffer->size, buffer->used);
            delete buffer;
        }
    }).join();
    return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityGetNextRecord(uint8_t* buffer, size_t validBytes, CUpti_Activity** record) {
    uint8_t* next = *record == nullptr ? buffer : reinterpret_cast<uint8_t*>(*record) + size_of(reinterpret_cast<uint8_t*>(*record));
    if (next >= buffer + validBytes) {
        return CUPTI_ERROR_MAX_LIMIT_REACHED;
    }
    *record = reinterpret_cast<CUpti_Activity*>(next);
    return CUPTI_SUCCESS;
}

CUptiResult cuptiGetTimestamp(uint64_t* timestamp) {
    *timestamp = emulated_clock();
    return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityPushExternalCorrelationId(CUpti_ExternalCorrelationKind kind, uint64_t id) {
    if (kind != CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM0) {
        return CUPTI_ERROR_INVALID_PARAMETER;
    }
    ids.push_back(id);
    return CUPTI_SUCCESS;
}

CUptiResult cuptiActivityPopExternalCorrelationId(CUpti_ExternalCorrelationKind kind, uint64_t* last) {
    if (kind != CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM0 || ids.empty()) {
        return CUPTI_ERROR_INVALID_PARAMETER;
    }
    if (last != nullptr) {
        *last = ids.back();
    }
    ids.pop_back();
    return CUPTI_SUCCESS;
}

}  // extern "C"
