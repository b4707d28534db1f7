package dev.iterscope.profiler.nvtx;

import java.lang.foreign.MemorySegment;

/// A tool's two entry points. The real one is a loaded library ([InjectionLibrary]).
interface NvtxInjection {

    /// `InitializeInjectionNvtx2`.
    ///
    /// @param getExportTable the client's function
    /// @return 0 if the tool does not want to attach
    int initialize(MemorySegment getExportTable);

    /// `InitializeInjectionNvtxExtension`.
    ///
    /// @param moduleInfo an `nvtxExtModuleInfo_t`
    /// @return 0 if the tool does not know this extension in this version, or has no extensions at all
    int initializeExtension(MemorySegment moduleInfo);

    /// Where the tool comes from, for messages.
    String description();
}
