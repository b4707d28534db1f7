package dev.iterscope.profiler.recording;

import dev.iterscope.profiler.event.KernelEvent;
import dev.iterscope.profiler.event.KernelSampling;
import dev.iterscope.profiler.event.ServingSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.text.ParseException;
import jdk.jfr.Configuration;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;

/// A recording of this JVM to one file: the JDK's own `profile` events, so that the pages of JDK Mission Control on
/// garbage collection, CPU and locks are filled, and the events of [ServingSchema].
///
/// While it runs, the JVM flushes events to chunk files in its disk repository every second. If the process is killed
/// the file is not written, but the chunks remain with everything up to a second before: [RecordingAssembler] makes the
/// recording from the note `FILE.unfinished` that stands beside the file meanwhile and names the repository.
public final class FlightRecording implements AutoCloseable {

    private static final String JDK_SETTINGS = "profile";
    private static final String NAME = "iterscope";

    // Set by the JDK once the Flight Recorder runs.
    private static final String REPOSITORY_PROPERTY = "jdk.jfr.repository";

    private final Recording recording;
    private final Path file;
    private final Path note;

    private FlightRecording(Recording recording, Path file) {
        this.recording = recording;
        this.file = file;
        this.note = file.resolveSibling(file.getFileName() + RecordingAssembler.UNFINISHED);
    }

    /// Starts recording with [RecordingOptions#DEFAULT].
    ///
    /// @param file where [#close()] writes it; replaced if it exists
    /// @throws IOException if the file cannot be written there or this JVM cannot record
    public static FlightRecording start(Path file) throws IOException {
        return start(file, RecordingOptions.DEFAULT);
    }

    /// Starts recording.
    ///
    /// @param file where [#close()] writes it; replaced if it exists
    /// @param options what it holds beside
    /// @throws IOException if the file cannot be written there or this JVM cannot record
    public static FlightRecording start(Path file, RecordingOptions options) throws IOException {
        if (!FlightRecorder.isAvailable()) {
            throw new IOException("this JVM has no Flight Recorder");
        }
        Path absolute = file.toAbsolutePath();
        requireWritable(absolute);
        ServingSchema.registerAll();
        Recording recording = new Recording(jdkSettings());
        recording.setName(NAME);
        recording.setToDisk(true);
        options.kernelsOfEveryNthIteration().ifPresent(n -> recording
                .enable(KernelEvent.class)
                .with(KernelSampling.NAME, String.valueOf(n)));
        recording.start();
        FlightRecording started = new FlightRecording(recording, absolute);
        Files.writeString(started.note, System.getProperty(REPOSITORY_PROPERTY, "") + System.lineSeparator());
        return started;
    }

    /// The file that is written at the end.
    public Path file() {
        return file;
    }

    /// Stops recording and writes the file.
    @Override
    public void close() throws IOException {
        try (recording) {
            recording.stop();
            recording.dump(file);
            Files.deleteIfExists(note);
        }
    }

    /// Says at the start what would otherwise be found out at the end, when the run is over.
    private static void requireWritable(Path file) throws IOException {
        Path folder = file.getParent();
        if (folder == null || Files.isDirectory(file)) {
            throw new IOException(file + " is a folder");
        }
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(folder.toString(), null, "no such folder");
        }
        if (!Files.isWritable(Files.exists(file) ? file : folder)) {
            throw new IOException(file + " cannot be written");
        }
    }

    private static Configuration jdkSettings() throws IOException {
        try {
            return Configuration.getConfiguration(JDK_SETTINGS);
        } catch (ParseException e) {
            throw new IOException("the JDK's settings '" + JDK_SETTINGS + "' cannot be read: " + e.getMessage(), e);
        }
    }
}
