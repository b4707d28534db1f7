/* A stand-in for libcuda.so.1 that answers what the probe asks. Compiled with -DINIT=, -DVERSION=, -DDEVICES=, -DMAJOR=. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

int cuInit(unsigned flags) { return flags == 0 ? INIT : 1; }
int cuDriverGetVersion(int *version) { *version = VERSION; return 0; }
int cuDeviceGetCount(int *count) { *count = DEVICES; return 0; }
int cuDeviceGet(int *device, int ordinal) { *device = ordinal + 7; return 0; }
int cuDeviceGetName(char *name, int size, int device) { snprintf(name, size, "Fake H%d", device - 7); return 0; }
#ifndef NO_TOTAL_MEM
int cuDeviceTotalMem_v2(size_t *bytes, int device) { (void) device; *bytes = 80ULL << 30; return 0; }
#endif
int cuDeviceGetPCIBusId(char *text, int size, int device) { snprintf(text, size, "0000:0%d:00.0", device); return 0; }
int cuDeviceGetAttribute(int *value, int attribute, int device) {
    (void) device;
    switch (attribute) {
        case 13: *value = 1980000; return 0;
        case 16: *value = 132; return 0;
        case 36: *value = 2619000; return 0;
        case 37: *value = 5120; return 0;
        case 75: *value = MAJOR; return 0;
        case 76: *value = 0; return 0;
        case 97: *value = 232448; return 0;
        default: return 1;
    }
}
