package dev.iterscope.profiler.recording;

import dev.iterscope.profiler.event.KernelEvent;
import dev.iterscope.profiler.event.KernelSampling;
import dev.iterscope.profiler.event.ServingSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.text.ParseException;
import java.time.Duration;
import jdk.jfr.Configuration;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;

/// A recording of this JVM to one file: the JDK's own `profile` events, so that the pages of JDK Mission Control on
/// garbage collection, CPU and locks are filled, and the events of [ServingSchema].
///
/// While it runs, the JVM flushes events to chunk files in its disk repository every second. A process that is asked to
/// end (Ctrl-C, `kill`) still writes the file. If it is killed (`kill -9`, the kernel's memory killer) the file is not
/// written, but the chunks remain with everything up to a second before: [RecordingAssembler] makes the recording from
/// the note `FILE.unfinished` that stands beside the file meanwhile and names the repository.
public final class FlightRecording implements AutoCloseable {

    private static final String JDK_SETTINGS = "profile";
    private static final String NAME = "iterscope";

    private static final Duration MOST_WRITE_TIME = Duration.ofSeconds(20);
    private static final Duration POLL_TIME = Duration.ofMillis(5);

    // Set by the JDK once the Flight Recorder runs.
    private static final String REPOSITORY_PROPERTY = "jdk.jfr.repository";

    private final Recording recording;
    private final Path file;
    private final Path note;
    private final Path writtenAtExit;
    private final Thread exitHook = new Thread(this::keepWhatIsWrittenAtExit, "iterscope-recording-at-exit");

    private FlightRecording(Recording recording, Path file, Path writtenAtExit) {
        this.recording = recording;
        this.file = file;
        this.writtenAtExit = writtenAtExit;
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
        // The JDK makes an empty file of the destination at once, which shall not look like the recording.
        Path atExit = Files.createTempFile("iterscope-", ".jfr");
        recording.setDestination(atExit);
        recording.setDumpOnExit(true);
        options.kernelsOfEveryNthIteration().ifPresent(n -> recording
                .enable(KernelEvent.class)
                .with(KernelSampling.NAME, String.valueOf(n)));
        recording.start();
        FlightRecording started = new FlightRecording(recording, absolute, atExit);
        Files.writeString(started.note, RecordingAssembler.note(absolute, System.getProperty(REPOSITORY_PROPERTY, "")));
        Runtime.getRuntime().addShutdownHook(started.exitHook);
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
            // With a destination the JDK would write at the stop, and only log why it could not.
            recording.setDestination(null);
            recording.stop();
            recording.dump(file);
            Files.deleteIfExists(note);
        } finally {
            Files.deleteIfExists(writtenAtExit);
            forgetExit();
        }
    }

    private void forgetExit() {
        try {
            Runtime.getRuntime().removeShutdownHook(exitHook);
        } catch (IllegalStateException e) {
            // The JVM is going down already, and the hook finds nothing left to do.
        }
    }

    /// The process was asked to end while it recorded. The JDK's own hook writes the recording meanwhile; to stop it here too would race
    /// with that hook for the chunks.
    private void keepWhatIsWrittenAtExit() {
        long end = System.nanoTime() + MOST_WRITE_TIME.toNanos();
        try {
            while (recording.getState() != RecordingState.CLOSED && System.nanoTime() < end) {
                Thread.sleep(POLL_TIME);
            }
            if (Files.exists(writtenAtExit) && Files.size(writtenAtExit) > 0) {
                Files.move(writtenAtExit, file, StandardCopyOption.REPLACE_EXISTING);
                Files.deleteIfExists(note);
            }
        } catch (IOException e) {
            // No file: the note stays, and names the chunks as far as they are there.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
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
