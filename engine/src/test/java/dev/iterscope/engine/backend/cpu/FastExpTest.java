package dev.iterscope.engine.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class FastExpTest {

    @Test
    void isWithinTwoUnitsInTheLastPlace() {
        for (float x = -86.9f; x < 88f; x += 0.0137f) {
            double exact = Math.exp(x);

            assertThat(Math.abs(FastExp.exp(x) - exact)).as("exp(%s)", x).isLessThanOrEqualTo(exact * 2.4e-7);
        }
    }

    @Test
    void isExactAtZeroAndZeroFarBelow() {
        assertThat(FastExp.exp(0f)).isEqualTo(1f);
        assertThat(FastExp.exp(Float.NEGATIVE_INFINITY)).isZero();
        assertThat(FastExp.exp(-1000f)).isZero();
    }

    @Test
    void vectorAndScalarGiveTheSameBits() {
        Random random = new Random(1);
        float[] values = new float[1003];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() * 180 - 95;
        }
        values[5] = Float.NEGATIVE_INFINITY;
        float[] scalar = values.clone();
        float[] vector = values.clone();
        float[] scalarSums = new float[16];
        float[] vectorSums = new float[16];

        new ScalarKernels().weigh(scalar, 1, 985, 992, 0.25f, scalarSums, 0);
        new VectorKernels().weigh(vector, 1, 985, 992, 0.25f, vectorSums, 0);

        assertThat(vector).isEqualTo(scalar);
        assertThat(vectorSums).isEqualTo(scalarSums);
        assertThat(vector[0]).isEqualTo(values[0]);
        assertThat(vector[990]).isZero();
    }
}
