package dev.iterscope.profiler.nvtx;

/// The function groups that a client offers to a tool, with their number and the size of their id space (id 0 is never
/// used). A tool expects all of them, also those that this client never calls.
enum FunctionModule {
    CORE(1, 16),
    CUDA(2, 9),
    OPENCL(3, 15),
    CUDART(4, 7),
    CORE2(5, 16),
    SYNC(6, 7);

    static final int MAX_NUMBER = 6;

    // Ids within CORE and CORE2 that this client calls.
    static final int RANGE_START_EX = 4;
    static final int RANGE_END = 7;
    static final int RANGE_PUSH_EX = 8;
    static final int RANGE_POP = 11;
    static final int DOMAIN_MARK_EX = 1;
    static final int DOMAIN_RANGE_START_EX = 2;
    static final int DOMAIN_RANGE_END = 3;
    static final int DOMAIN_RANGE_PUSH_EX = 4;
    static final int DOMAIN_RANGE_POP = 5;
    static final int DOMAIN_NAME_CATEGORY_A = 8;
    static final int DOMAIN_REGISTER_STRING_A = 10;
    static final int DOMAIN_CREATE_A = 12;

    private final int number;
    private final int size;

    FunctionModule(int number, int size) {
        this.number = number;
        this.size = size;
    }

    int number() {
        return number;
    }

    /// Ids in the module, the unused 0 included.
    int size() {
        return size;
    }
}
