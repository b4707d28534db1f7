package dev.iterscope.projection.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.export.jfr.JfrWriter;
import dev.iterscope.projection.recording.Iteration;
import dev.iterscope.projection.recording.Recording;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Damaged sources of each kind: whatever is done to one, it is read as far as it goes or refused in one line.
///
/// `-Diterscope.mutations=1600 -Diterscope.mutations.firstSeed=0` mutates each kind that often, beginning with that seed.
class MutatedSourcesTest {

    private static final int MUTATIONS = Integer.getInteger("iterscope.mutations", 40);
    private static final int FIRST_SEED = Integer.getInteger("iterscope.mutations.firstSeed", 0);

    @TempDir
    Path folder;

    @Test
    void noDamageLetsAnExceptionEscape() throws Exception {
        int read = 0;
        int refused = 0;
        Map<String, byte[]> fixtures = Fixtures.all(folder);
        for (Map.Entry<String, byte[]> fixture : fixtures.entrySet()) {
            for (int seed = FIRST_SEED; seed < FIRST_SEED + MUTATIONS; seed++) {
                byte[] damaged = new Mutations(new Random(seed * 1_000_003L + fixture.getKey().hashCode())).of(fixture.getValue());
                if (isRead(damaged, fixture.getKey() + " with seed " + seed)) {
                    read++;
                } else {
                    refused++;
                }
            }
        }
        System.out.printf("%d damaged sources of %d kinds: %d tell something, %d are refused%n", read + refused, fixtures.size(), read,
                refused);
        assertThat(read + refused).isEqualTo(fixtures.size() * MUTATIONS);
        assertThat(read).as("damaged sources that still tell something").isGreaterThan(refused);
    }

    /// What could be read is sound: it can be written and read again.
    private boolean isRead(byte[] bytes, String what) throws IOException {
        Path file = Files.write(folder.resolve("damaged"), bytes);
        try {
            Recording recording = Recordings.read(List.of(file));
            Path written = folder.resolve("written.jfr");
            JfrWriter.write(recording, written);
            Recording again = Recordings.read(List.of(written));
            assertThat(again.iterations()).as(what).hasSameSizeAs(recording.iterations());
            assertThat(again.requests()).as(what).isEqualTo(recording.requests());
            // The server's command line may name its owner's folders and hosts: a file that is passed on does not have it.
            assertThat(again.settings()).as(what).usingRecursiveComparison().ignoringFields("serverArguments")
                    .isEqualTo(recording.settings());
            assertThat(recording.iterations()).as(what).allMatch(step -> step.contextTokens() >= 0 && step.ownNanos().orElse(0) >= 0);
            return true;
        } catch (UserInputException e) {
            assertThat(e).as(what).hasMessageNotContaining("\n");
            return false;
        } catch (IOException | RuntimeException | StackOverflowError e) {
            return fail(what, e);
        }
    }

    @Test
    void damagedLinesOfALogCostNoOtherLine() throws Exception {
        List<String> lines = new String(Fixtures.resource("vllm.log"), StandardCharsets.ISO_8859_1).lines().toList();
        Random random = new Random(5);
        for (int i = 0; i < 50; i++) {
            List<String> damaged = new ArrayList<>(lines);
            int victim = random.nextInt(lines.size());
            byte[] noise = new byte[1 + random.nextInt(100)];
            random.nextBytes(noise);
            String text = new String(noise, StandardCharsets.ISO_8859_1).replace('\n', ' ').replace('\r', ' ');
            damaged.set(victim, lines.get(victim).substring(0, random.nextInt(lines.get(victim).length())) + text);

            List<Iteration> whole = iterations(lines);
            List<Iteration> left = iterations(damaged);
            assertThat(whole.size() - left.size()).as("line %d", victim).isBetween(0, 1);
        }
    }

    private List<Iteration> iterations(List<String> lines) throws IOException {
        Path log = Files.write(folder.resolve("log"), lines, StandardCharsets.ISO_8859_1);
        return Recordings.read(List.of(log)).iterations();
    }
}
