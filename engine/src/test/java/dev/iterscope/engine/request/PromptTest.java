package dev.iterscope.engine.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.iterscope.engine.request.Prompt.Hashed;
import dev.iterscope.engine.request.Prompt.Seeded;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PromptTest {

    static LongStream seeds() {
        return LongStream.range(0, 20);
    }

    /// Law: two stretches at the same positions have equal words exactly if their tokens are equal, whichever form the prompts have.
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void identitiesAreEqualExactlyWhereTokensAre(long seed) {
        Random random = new Random(seed);
        List<Prompt> prompts = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            int length = 40 + random.nextInt(40);
            prompts.add(i % 2 == 0 ? new Seeded(length, random.nextInt(2)) : hashed(random, length));
        }
        for (int block = 1 + random.nextInt(16), start = 0; start + block <= 40; start += block) {
            for (Prompt a : prompts) {
                for (Prompt b : prompts) {
                    assertThat(words(a, start, start + block).equals(words(b, start, start + block)))
                            .as("tokens %d to %d of %s and %s", start, start + block, a, b)
                            .isEqualTo(tokens(a, start, start + block).equals(tokens(b, start, start + block)));
                }
            }
        }
    }

    /// Runs of one length: two prompts whose runs are cut differently may hold the same tokens under other identities.
    private static Prompt hashed(Random random, int length) {
        return new Hashed(length, 20, random.longs((length + 19) / 20, 0, 2).toArray());
    }

    private static List<Long> words(Prompt prompt, int start, int end) {
        List<Long> words = new ArrayList<>();
        assertThat(prompt.identify(start, end, words::add)).isTrue();
        return words;
    }

    private static List<Integer> tokens(Prompt prompt, int start, int end) {
        return IntStream.range(start, end).mapToObj(prompt::tokenAt).toList();
    }

    @Test
    void knownTokensAreTheirOwnIdentity() {
        List<Long> words = new ArrayList<>();
        assertThat(new Prompt.Tokens(new int[] {1, 2, 3}).identify(0, 3, words::add)).isFalse();
        assertThat(words).isEmpty();
    }
}
