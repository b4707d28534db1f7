// What the other stand-in libraries share with the stand-in of libcuda.so.1.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Told of work that was queued and done while it is set: the call's number, then device times in nanoseconds.
struct emulated_listener {
    // `runtime`: through the runtime API, as a library with the runtime linked in may do it; else by the driver API
    void (*launched)(uint32_t correlation, int runtime);
    void (*kernel)(uint32_t correlation, const char *name, uint64_t start, uint64_t end, uint32_t stream);
};
void emulated_listen(const struct emulated_listener *listener);

// Nanoseconds of the device's clock.
uint64_t emulated_clock(void);

// Waits until everything queued is done.
void emulated_finish(void);

// Queues work of another library: a kernel of that name.
int emulated_queue(const char *name, void (*body)(void *), void *argument, void *stream);

#ifdef __cplusplus
}
#endif
