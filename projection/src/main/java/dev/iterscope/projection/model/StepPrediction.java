package dev.iterscope.projection.model;

/// A predicted time of a step with the interval that 95 % of such steps keep, nanoseconds.
///
/// @param nanos   best estimate
/// @param low95   lower end
/// @param high95  upper end
/// @param support whether such a step was recorded
public record StepPrediction(double nanos, double low95, double high95, FittedStepModel.Support support) {}
