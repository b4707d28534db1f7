package dev.iterscope.engine;

/// How fast a kernel of a known size runs on a device, and how fast the device would let it.
///
/// @param kernel          what ran
/// @param size            its dimensions in words
/// @param seconds         time of a run
/// @param flops           floating-point operations of a run
/// @param bytes           bytes that a run must move at least once
/// @param shareOfRoofline the time that the roofline allows (measured copy bandwidth, data sheet's FLOP/s) over the time taken
public record KernelSpeed(String kernel, String size, double seconds, double flops, double bytes, double shareOfRoofline) {}
