package dev.iterscope.profiler.nvtx;

/// NVTX's default domain, which vLLM's ranges are in.
final class DefaultDomain implements RangeFunctions {

    private final FunctionTables tables;

    DefaultDomain(FunctionTables tables) {
        this.tables = tables;
    }

    boolean isListening() {
        return tables.core(FunctionModule.RANGE_PUSH_EX) != 0 || tables.core(FunctionModule.RANGE_START_EX) != 0;
    }

    @Override
    public boolean push(EventAttributes attributes) {
        long function = tables.core(FunctionModule.RANGE_PUSH_EX);
        if (function == 0) {
            return false;
        }
        Downcalls.intOf(function, attributes.struct());
        return true;
    }

    @Override
    public void pop() {
        long function = tables.core(FunctionModule.RANGE_POP);
        if (function != 0) {
            Downcalls.intOf(function);
        }
    }

    @Override
    public long start(EventAttributes attributes) {
        long function = tables.core(FunctionModule.RANGE_START_EX);
        return function == 0 ? 0 : Downcalls.longOf(function, attributes.struct());
    }

    @Override
    public void end(long range) {
        long function = tables.core(FunctionModule.RANGE_END);
        if (function != 0) {
            Downcalls.voidOf(function, range);
        }
    }
}
