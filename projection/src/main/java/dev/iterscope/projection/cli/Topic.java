package dev.iterscope.projection.cli;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// What an option is about: the headings of long help texts, in their order.
enum Topic {
    /// What most users give.
    COMMON("Most used"),
    /// Which requests are served, and when they arrive.
    WORKLOAD("Workload"),
    /// Which continuations of texts are generated.
    GENERATION("Texts and sampling"),
    /// Where the result goes.
    OUTPUT("Output"),
    /// How recordings are read.
    RECORDING("Recording"),
    /// Limits and policies of the service.
    CONDITIONS("Limits and conditions"),
    /// What the bundled engine runs on.
    ENGINE("Engine"),
    /// What is shown and recorded of a run.
    OBSERVATION("Observation"),
    /// Kernel measurements, and what other kernels or devices would do.
    WHAT_IF("Kernels and what-if"),
    /// What every command has.
    GENERAL("General");

    private final String heading;

    Topic(String heading) {
        this.heading = heading;
    }

    String heading() {
        return heading;
    }

    /// The topic of an option, or of all options of a class that have none of their own.
    @Retention(RetentionPolicy.RUNTIME)
    @Target({ElementType.FIELD, ElementType.TYPE})
    @interface Of {
        /// The topic.
        Topic value();
    }
}
