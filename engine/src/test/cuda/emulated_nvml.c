/* A stand-in for libnvidia-ml.so.1: one device, whose clocks are down for want of power. */
#include <string.h>

static int initialised;

int nvmlInit_v2(void) { initialised = 1; return 0; }
int nvmlShutdown(void) { initialised = 0; return 0; }
int nvmlDeviceGetHandleByPciBusId_v2(const char *bus, void **device) {
    if (!initialised || strncmp(bus, "0000:0", 6) != 0) {
        return 6; /* NVML_ERROR_NOT_FOUND */
    }
    *device = (void *) 0xde71ce;
    return 0;
}
static int known(void *device) { return initialised && device == (void *) 0xde71ce; }
int nvmlDeviceGetClockInfo(void *device, int kind, unsigned *megahertz) {
    *megahertz = kind == 1 ? 1410 : kind == 2 ? 2619 : 0;
    return known(device) && *megahertz != 0 ? 0 : 2;
}
int nvmlDeviceGetPowerUsage(void *device, unsigned *milliwatts) { *milliwatts = 699500; return known(device) ? 0 : 2; }
int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *celsius) { *celsius = 71; return known(device) && sensor == 0 ? 0 : 2; }
int nvmlDeviceGetUtilizationRates(void *device, unsigned *rates) { rates[0] = 93; rates[1] = 40; return known(device) ? 0 : 2; }
int nvmlDeviceGetCurrentClocksThrottleReasons(void *device, unsigned long long *reasons) {
    *reasons = 0x1 | 0x4; /* idle settings say nothing; SW power cap does */
    return known(device) ? 0 : 2;
}
