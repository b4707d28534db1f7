package dev.iterscope.projection.importer.vllm;

import dev.iterscope.projection.importer.source.PythonArguments;
import dev.iterscope.projection.importer.source.SettingsDraft;
import dev.iterscope.projection.importer.source.Warnings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The arguments that a server was started with: vLLM prints those that are not the defaults as one dictionary, with the names of its options
/// but `_` for `-`.
final class ServerArguments {
    private static final String START = "non-default args: {";
    /// What a command repeats in another place, or what only the printing program means.
    private static final Set<String> NOT_OPTIONS = Set.of("model_tag", "model", "subparser", "dispatch_function", "config");

    private ServerArguments() {}

    /// Takes them from a line that holds them. Secrets stay in the log.
    static void take(String line, SettingsDraft settings, Warnings warnings) {
        int at = line.indexOf(START);
        if (at < 0) {
            return;
        }
        Map<String, String> arguments = PythonArguments.read(line, at + START.length() - 1);
        List<String> words = new ArrayList<>();
        Optional.ofNullable(arguments.getOrDefault("model_tag", arguments.get("model"))).flatMap(PythonArguments::words)
                .ifPresent(words::addAll);
        if (words.size() != 1) {
            return;
        }
        arguments.forEach((name, value) -> {
            if (!NOT_OPTIONS.contains(name) && !add(words, name, value)) {
                warnings.add("server-arguments-left-out",
                        "arguments of the server that commands to paste leave out: secrets, and values that are no plain text; " + name
                                + " is one");
            }
        });
        settings.serverArguments(words);
    }

    private static boolean add(List<String> words, String name, String value) {
        if (isSecret(name) || !name.matches("[a-z][a-z0-9_]*")) {
            return false;
        }
        String option = name.replace('_', '-');
        switch (value) {
            case "True" -> words.add("--" + option);
            case "False" -> words.add("--no-" + option);
            case "None" -> {
                // The default.
            }
            default -> {
                Optional<List<String>> values = PythonArguments.words(value);
                if (values.isEmpty()) {
                    return false;
                }
                if (!values.get().isEmpty()) {
                    words.add("--" + option);
                    words.addAll(values.get());
                }
            }
        }
        return true;
    }

    private static boolean isSecret(String name) {
        return name.endsWith("_key") || name.startsWith("ssl_") || name.equals("hf_token") || name.contains("password");
    }
}
