package dev.iterscope.engine.backend.cuda;

/// The shape of a launch: blocks, threads of a block, dynamic shared memory of a block.
///
/// @param blocksX     blocks along x
/// @param blocksY     blocks along y
/// @param blocksZ     blocks along z
/// @param threadsX    threads of a block along x
/// @param threadsY    threads of a block along y
/// @param sharedBytes dynamic shared memory of a block
record LaunchShape(int blocksX, int blocksY, int blocksZ, int threadsX, int threadsY, int sharedBytes) {

    /// Blocks along one axis.
    static LaunchShape line(int blocks, int threads) {
        return new LaunchShape(blocks, 1, 1, threads, 1, 0);
    }

    /// The same with dynamic shared memory.
    LaunchShape shared(int bytes) {
        return new LaunchShape(blocksX, blocksY, blocksZ, threadsX, threadsY, bytes);
    }

    /// Blocks of the whole grid.
    long blocks() {
        return (long) blocksX * blocksY * blocksZ;
    }
}
