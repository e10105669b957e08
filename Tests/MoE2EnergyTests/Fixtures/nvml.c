/* A stand-in for NVIDIA's libnvidia-ml.so.1 with two devices. What they say comes from the file named by the macro STATE:
 * "init count energy_mj power_mw reasons celsius", so that a test can change it between two readings. An energy below 0
 * means that the device has no counter. */
#include <stdio.h>

static long long state[6];

static int load(void) {
    FILE *file = fopen(STATE, "r");
    if (!file) return 999;
    int read = fscanf(file, "%lld %lld %lld %lld %lld %lld", state, state + 1, state + 2, state + 3, state + 4, state + 5);
    fclose(file);
    return read == 6 ? 0 : 999;
}

static int devices[64];

int nvmlInit_v2(void) { return load() ? 999 : (int)state[0]; }
int nvmlShutdown(void) { return 0; }
const char *nvmlErrorString(int code) { return code == 15 ? "GPU is lost" : code == 9 ? "Driver Not Loaded" : "Unknown Error"; }
int nvmlDeviceGetCount_v2(unsigned *count) { *count = (unsigned)state[1]; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) { *device = &devices[index]; return 0; }
int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *energy) {
    (void)device;
    if (load() || state[2] < 0) return 3;
    *energy = (unsigned long long)state[2];
    return 0;
}
int nvmlDeviceGetPowerUsage(void *device, unsigned *power) {
    (void)device;
    if (load() || state[3] < 0) return 15;
    *power = (unsigned)state[3];
    return 0;
}
int nvmlDeviceGetCurrentClocksThrottleReasons(void *device, unsigned long long *reasons) {
    *reasons = device == &devices[0] ? (unsigned long long)state[4] : 0;
    return 0;
}
int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *celsius) {
    *celsius = (unsigned)state[5] + (device == &devices[1]);
    return sensor == 0 ? 0 : 2;
}
int nvmlDeviceGetEnforcedPowerLimit(void *device, unsigned *limit) { (void)device; *limit = 450000; return 0; }
