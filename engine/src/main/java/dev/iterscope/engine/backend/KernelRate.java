package dev.iterscope.engine.backend;

/// How fast a kernel of a known size runs on a device, and how fast the device would let it.
///
/// @param kernel           what ran
/// @param size             its dimensions in words, for instance `m=8 n=6144 k=4096`
/// @param seconds          time of a run
/// @param flops            floating-point operations of a run
/// @param bytes            bytes that a run must move at least once
/// @param shareOfRoofline  the time that the roofline allows over the time taken: the larger of bytes over the measured copy bandwidth
///                         and FLOPs over the data sheet's rate
public record KernelRate(String kernel, String size, double seconds, double flops, double bytes, double shareOfRoofline) {}
