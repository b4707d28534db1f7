package dev.iterscope.projection.importer.source;

import java.io.IOException;

/// Reads one kind of source into records.
public interface Importer {

    /// The kind's word in [dev.iterscope.projection.recording.Recording#source()], such as `vllm-log`.
    String kind();

    /// Whether the source is of this kind, judged by its first bytes and never by its name.
    boolean recognises(Source source);

    /// Reads the whole source. Damage is reported to the builder as a warning; what is good is kept.
    ///
    /// @throws IOException if the source cannot be read at all
    void read(Source source, RecordingBuilder into) throws IOException;
}
