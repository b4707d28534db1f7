package dev.iterscope.engine.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The vector width, chosen once for the life of the JVM: the machine's preferred one, at most 512 bits.
final class Lanes {
    /// Widest group of columns that layouts are made for; a tile of KV positions and half a weight panel.
    static final int TILE = 16;
    /// KV positions whose scores are turned into weights together.
    static final int SPAN = 64;

    static final VectorSpecies<Float> FLOATS =
            FloatVector.SPECIES_PREFERRED.length() > TILE ? FloatVector.SPECIES_512 : FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> INTS =
            IntVector.SPECIES_PREFERRED.length() > TILE ? IntVector.SPECIES_512 : IntVector.SPECIES_PREFERRED;
    /// Lanes of a vector: 4, 8 or 16.
    static final int COUNT = FLOATS.length();
    /// True where 32 vector registers can hold the accumulators of 12 rows.
    static final boolean WIDE = FLOATS.vectorShape() == VectorShape.S_512_BIT;

    private Lanes() {}
}
