package dev.iterscope.projection.importer.source;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// A decompressing stream, read in small pieces: a decompressor that meets damage gives nothing of the piece in which it does.
final class Piecewise extends FilterInputStream {

    private static final int PIECE_BYTES = 2048;

    Piecewise(InputStream in) {
        super(in);
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
        return in.read(into, from, Math.min(length, PIECE_BYTES));
    }

    /// A reader that is told that there is more reads on before it gives what it has, and loses that where reading on fails.
    @Override
    public int available() {
        return 0;
    }
}
