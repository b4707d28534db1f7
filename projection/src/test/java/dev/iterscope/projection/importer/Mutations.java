package dev.iterscope.projection.importer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Damages files as disks, networks, editors and crashing servers do, and in ways that only an attacker would.
final class Mutations {

    private static final List<String> ABSURD = List.of(
            "99999999999999999999999999", "-1", "1e400", "-1e-400", "NaN", "0", "4294967296", "9223372036854775807", "-9223372036854775808",
            "1.",
            "0x7f", "2147483647", "1,,2", "1e5");
    private static final int ENDLESS = 3 << 19;

    private final Random random;

    Mutations(Random random) {
        this.random = random;
    }

    /// The bytes with one to four damages.
    byte[] of(byte[] bytes) {
        byte[] damaged = bytes;
        for (int i = random.nextInt(4); i >= 0; i--) {
            damaged = damaged.length == 0 ? damaged : once(damaged);
        }
        return damaged;
    }

    private byte[] once(byte[] bytes) {
        int from = random.nextInt(bytes.length);
        int to = Math.min(bytes.length, from + 1 + random.nextInt(1 + random.nextInt(200)));
        return switch (random.nextInt(12)) {
            case 0 -> Arrays.copyOf(bytes, from);
            case 1 -> spliced(bytes, from, to, new byte[0]);
            case 2 -> spliced(bytes, from, from, Arrays.copyOfRange(bytes, from, to));
            case 3 -> reordered(bytes, from, to);
            case 4, 5 -> garbled(bytes, from, to);
            case 6 -> spliced(bytes, from, from, new byte[1 + random.nextInt(20)]);
            case 7 -> spliced(bytes, from, from, new byte[] {(byte) 0xc3, 0x28, (byte) 0xff, (byte) 0xed, (byte) 0xa0, (byte) 0x80});
            case 8, 9 -> absurd(bytes, from);
            case 10 -> bitFlipped(bytes, from);
            default -> random.nextInt(10) == 0
                    ? spliced(bytes, from, from, endless())
                    : spliced(bytes, from, to, "\n\r\"{[(:".getBytes(
                            StandardCharsets.US_ASCII));
        };
    }

    private byte[] endless() {
        byte[] line = new byte[ENDLESS];
        Arrays.fill(line, (byte) "x1 {[\"".charAt(random.nextInt(6)));
        return line;
    }

    private byte[] garbled(byte[] bytes, int from, int to) {
        byte[] noise = new byte[to - from];
        random.nextBytes(noise);
        return spliced(bytes, from, to, noise);
    }

    private static byte[] reordered(byte[] bytes, int from, int to) {
        byte[] part = Arrays.copyOfRange(bytes, from, to);
        byte[] without = spliced(bytes, from, to, new byte[0]);
        int place = without.length == 0 ? 0 : (from * 31 + to) % without.length;
        return spliced(without, place, place, part);
    }

    private byte[] bitFlipped(byte[] bytes, int at) {
        byte[] copy = bytes.clone();
        copy[at] ^= (byte) (1 << random.nextInt(8));
        return copy;
    }

    /// Replaces the number at or behind a place by one that nobody can have counted.
    private byte[] absurd(byte[] bytes, int at) {
        int from = at;
        while (from < bytes.length && !isDigit(bytes[from])) {
            from++;
        }
        int to = from;
        while (to < bytes.length && isDigit(bytes[to])) {
            to++;
        }
        return spliced(bytes, from, to, ABSURD.get(random.nextInt(ABSURD.size())).getBytes(StandardCharsets.US_ASCII));
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private static byte[] spliced(byte[] bytes, int from, int to, byte[] between) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length + between.length);
        out.write(bytes, 0, from);
        out.writeBytes(between);
        out.write(bytes, to, bytes.length - to);
        return out.toByteArray();
    }
}
