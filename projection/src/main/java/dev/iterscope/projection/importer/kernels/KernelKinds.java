package dev.iterscope.projection.importer.kernels;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.recording.KernelKind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/// What a kernel does, told from its name by a table of regular expressions: the resource `kernel-kinds.txt`, before which a user's file of
/// the same form may come. The first line that fits decides; a name that no line fits is [KernelKind#OTHER].
///
/// Some attention kernels serve both phases at once; their kind depends on whether the step computes context tokens.
public final class KernelKinds {

    private static final String RESOURCE = "kernel-kinds.txt";
    private static final String BOTH_PHASES = "attention";
    private static final Rule UNKNOWN = new Rule(Pattern.compile(""), KernelKind.OTHER, KernelKind.OTHER);
    /// Names remembered; traces have some hundreds, only a damaged one has more.
    private static final int MOST_REMEMBERED = 1 << 14;
    private static final long LARGEST_FILE_BYTES = 1 << 20;

    private final List<Rule> rules;
    private final Map<String, Rule> remembered = new HashMap<>();

    /// A line of the table.
    ///
    /// @param name         fits kernel names
    /// @param inContext    the kind in a step that computes context tokens
    /// @param inGeneration the kind in a step that does not
    private record Rule(Pattern name, KernelKind inContext, KernelKind inGeneration) {}

    private KernelKinds(List<Rule> rules) {
        this.rules = List.copyOf(rules);
    }

    /// The table that comes with Iterscope.
    public static KernelKinds standard() {
        return new KernelKinds(standardRules());
    }

    /// A user's table before the one that comes with Iterscope.
    ///
    /// @throws UserInputException if the file cannot be read or a line of it is not understood
    public static KernelKinds with(Path file) {
        List<Rule> rules = new ArrayList<>();
        try {
            if (Files.size(file) > LARGEST_FILE_BYTES) {
                throw UserInputException.input(file.toString(), "", "is too large for a table of kernel names", "name a text file");
            }
            try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                read(lines, file.toString(), rules);
            }
        } catch (NoSuchFileException e) {
            throw UserInputException.input(file.toString(), "", "no such file", "check the path");
        } catch (IOException e) {
            throw UserInputException.input(file.toString(), "", "cannot be read as text", "name a text file with a kind and an expression"
                    + " on each line");
        }
        rules.addAll(standardRules());
        return new KernelKinds(rules);
    }

    /// The kind of a kernel.
    ///
    /// @param name        its full name
    /// @param contextWork whether the step it belongs to computes context tokens
    public KernelKind of(String name, boolean contextWork) {
        Rule rule = remembered.get(name);
        if (rule == null) {
            rule = rules.stream().filter(candidate -> candidate.name.matcher(name).find()).findFirst().orElse(UNKNOWN);
            if (remembered.size() < MOST_REMEMBERED) {
                remembered.put(name, rule);
            }
        }
        return contextWork ? rule.inContext : rule.inGeneration;
    }

    private static List<Rule> standardRules() {
        List<Rule> rules = new ArrayList<>();
        try (InputStream resource = Objects.requireNonNull(KernelKinds.class.getResourceAsStream(RESOURCE), RESOURCE);
                BufferedReader lines = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
            read(lines, RESOURCE, rules);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return rules;
    }

    private static void read(BufferedReader lines, String file, List<Rule> into) throws IOException {
        int number = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            String text = line.strip();
            if (!text.isEmpty() && text.charAt(0) != '#') {
                into.add(rule(text, file, number));
            }
        }
    }

    private static Rule rule(String line, String file, int number) {
        String[] words = line.split("\\s+", 2);
        if (words.length < 2) {
            throw UserInputException.input(file, "line " + number, "has no expression behind the kind",
                    "write a kind, a blank and a regular expression");
        }
        boolean both = words[0].equals(BOTH_PHASES);
        KernelKind kind = both ? KernelKind.CONTEXT_ATTENTION : kind(words[0]);
        if (kind == null) {
            throw UserInputException.input(file, "line " + number, "\"" + words[0] + "\" is no kind",
                    "use one of attention, " + String.join(", ", labels()));
        }
        try {
            Pattern name = Pattern.compile(words[1], Pattern.CASE_INSENSITIVE);
            return new Rule(name, kind, both ? KernelKind.GENERATION_ATTENTION : kind);
        } catch (PatternSyntaxException e) {
            throw UserInputException.input(file, "line " + number, "is no regular expression (" + e.getDescription() + ")",
                    "escape characters such as ( and * with a backslash");
        }
    }

    private static @Nullable KernelKind kind(String word) {
        for (KernelKind kind : KernelKind.values()) {
            if (kind.label().equals(word.toLowerCase(Locale.ROOT))) {
                return kind;
            }
        }
        return null;
    }

    private static List<String> labels() {
        return List.of(KernelKind.values()).stream().map(KernelKind::label).toList();
    }
}
