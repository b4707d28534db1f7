package dev.iterscope.profiler.recording;

import dev.iterscope.profiler.event.RequestEvents;
import java.io.IOException;
import java.nio.file.Path;

/// A program that records and never ends by itself; [RecordingAssemblerTest] kills it.
final class KilledRun {

    private KilledRun() {}

    /// Writes an event every few milliseconds and names each on standard output after it was committed.
    public static void main(String[] arguments) throws IOException, InterruptedException {
        FlightRecording recording = FlightRecording.start(Path.of(arguments[0]));
        for (int request = 0; recording.file().isAbsolute(); request++) {
            RequestEvents.arrived("r" + request, 100, 16, 0);
            System.out.println(request);
            Thread.sleep(5);
        }
    }
}
