package dev.iterscope.engine;

import static org.assertj.core.api.Assertions.assertThat;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.junit.jupiter.api.Test;

/// The build promises that the incubating Vector API is there when the engine is compiled and tested.
class VectorModuleTest {

    @Test
    void vectorApiIsResolved() {
        float sum = FloatVector.broadcast(FloatVector.SPECIES_PREFERRED, 2f).reduceLanes(VectorOperators.ADD);

        assertThat(sum).isEqualTo(2f * FloatVector.SPECIES_PREFERRED.length());
    }
}
