package dev.iterscope.projection.importer;

import com.github.luben.zstd.Zstd;
import dev.iterscope.projection.RandomRecording;
import dev.iterscope.projection.export.jfr.JfrWriter;
import dev.iterscope.projection.importer.nsys.NsysFixture;
import dev.iterscope.projection.importer.torch.TorchFixture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

/// A small source of each kind.
final class Fixtures {

    private Fixtures() {}

    /// A file of the test resources.
    static byte[] resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(Fixtures.class.getResourceAsStream("/recordings/" + name), name)) {
            return in.readAllBytes();
        }
    }

    /// One source of each kind and packing, by name.
    static Map<String, byte[]> all(Path folder) throws Exception {
        Map<String, byte[]> all = new LinkedHashMap<>();
        for (String text : new String[] {"vllm.log", "sglang.log", "trtllm.log", "bench.json"}) {
            all.put(text, resource(text));
        }
        String metrics = new String(resource("fpm.jsonl"), StandardCharsets.UTF_8);
        all.put("fpm.jsonl", metrics.repeat(10).getBytes(StandardCharsets.UTF_8));
        String statistics = new String(resource("trtllm-stats.json"), StandardCharsets.UTF_8).strip();
        String objects = statistics.substring(1, statistics.length() - 1);
        all.put("trtllm-stats.json", ("[" + objects + (",\n" + objects).repeat(10) + "]").getBytes(StandardCharsets.UTF_8));
        all.put("torch.json", TorchFixture.vllm().bytes());
        all.put("nsys.sqlite", nsys(folder.resolve("fixture.sqlite")));
        Path jfr = folder.resolve("fixture.jfr");
        JfrWriter.write(RandomRecording.of(4, 300), jfr);
        all.put("recording.jfr", Files.readAllBytes(jfr));
        // Compressed in blocks, of which a small file has only one.
        String log = new String(resource("vllm.log"), StandardCharsets.UTF_8);
        byte[] repeated = shuffled(log, 300);
        all.put("vllm.log.gz", gzip(repeated));
        all.put("vllm.log.zst", Zstd.compress(repeated));
        all.put("torch.json.gz", gzip(TorchFixture.vllm().bytes()));
        all.put("nsys.sqlite.zst", Zstd.compress(all.get("nsys.sqlite")));
        return all;
    }

    static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(bytes);
        }
        return packed.toByteArray();
    }

    /// The text many times over, each with other numbers, so that it does not shrink to nothing.
    private static byte[] shuffled(String text, int times) {
        Random random = new Random(times);
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < times; i++) {
            all.append(text.replace("2 generation tokens", random.nextInt(1 << 20) + " generation tokens").replace(
                    "61.02", random.nextInt(1 << 20) + ".25").replace("a line of something else", Long.toHexString(random.nextLong())));
        }
        return all.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] nsys(Path file) throws Exception {
        NsysFixture.write(file);
        return Files.readAllBytes(file);
    }
}
