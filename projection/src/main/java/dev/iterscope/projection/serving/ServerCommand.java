package dev.iterscope.projection.serving;

import dev.iterscope.engine.request.UserInputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// A command that starts a server or a run, word by word.
///
/// @param words its words
public record ServerCommand(List<Word> words) {

    /// A word of a shell command.
    ///
    /// @param text    as the shell reads it, quotes and variables included
    /// @param value   what it stands for where it holds no variable
    /// @param unknown what the reader must set, where it is that; else empty
    public record Word(String text, String value, Optional<Unknown> unknown) {
        private Word(String text, String value) {
            this(text, value, Optional.empty());
        }

        /// A word that stands for itself.
        public static Word of(String value) {
            return new Word(Shell.quoted(value), value);
        }

        /// The model, where nothing says it.
        static Word model() {
            return unknown("MODEL", "the model that is served");
        }

        /// The value of a variable that the reader sets, since nothing says it.
        static Word unknown(String variable, String meaning) {
            return new Word("\"$" + variable + "\"", variable, Optional.of(new Unknown(variable, meaning)));
        }
    }

    /// What nothing says.
    ///
    /// @param variable the shell's variable for it
    /// @param meaning  what it is to be set to
    public record Unknown(String variable, String meaning) {}

    /// Keeps an unmodifiable copy.
    public ServerCommand {
        words = List.copyOf(words);
    }

    /// A command of words that stand for themselves.
    static ServerCommand of(List<String> values) {
        return new ServerCommand(values.stream().map(Word::of).toList());
    }

    /// Reads one simple command as a person would type it. Quotes and variables are kept as they are; what would make it more than one
    /// command is refused, since its limits are to be changed.
    ///
    /// @throws UserInputException (usage) for an empty command, an open quote, or a pipe, list, redirection or substitution
    public static ServerCommand parse(String option, String text) {
        List<Word> words = new ArrayList<>();
        StringBuilder raw = new StringBuilder();
        StringBuilder value = new StringBuilder();
        char quote = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote == 0 && Character.isWhitespace(c) && c != '\n') {
                add(words, raw, value);
                continue;
            }
            boolean substitutes = quote != '\'' && (c == '`' || (c == '$' && text.startsWith("$(", i)));
            if (substitutes || (quote == 0 && "|&;<>()\n".indexOf(c) >= 0)) {
                throw UserInputException.usage(option + " must be one simple command, without pipes, lists, redirections or substitutions: "
                        + text.replace('\n', ' '));
            }
            raw.append(c);
            if (c == '\\' && quote != '\'' && i + 1 < text.length()) {
                raw.append(text.charAt(++i));
                value.append(text.charAt(i));
            } else if (quote == 0 && (c == '\'' || c == '"')) {
                quote = c;
            } else if (c == quote) {
                quote = 0;
            } else {
                value.append(c);
            }
        }
        if (quote != 0) {
            throw UserInputException.usage(option + " has a quote that is not closed: " + text);
        }
        add(words, raw, value);
        if (words.isEmpty()) {
            throw UserInputException.usage(option + " is empty");
        }
        return new ServerCommand(words);
    }

    private static void add(List<Word> words, StringBuilder raw, StringBuilder value) {
        if (!raw.isEmpty()) {
            words.add(new Word(raw.toString(), value.toString()));
            raw.setLength(0);
            value.setLength(0);
        }
    }

    /// The value of an option, as a shell reads it; the last one counts. `--name value` and `--name=value` are both known.
    public Optional<Word> option(String... names) {
        Optional<Word> found = Optional.empty();
        Set<String> wanted = Set.copyOf(Arrays.asList(names));
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i).value();
            if (wanted.contains(word) && i + 1 < words.size()) {
                found = Optional.of(words.get(i + 1));
            } else if (word.indexOf('=') > 0 && wanted.contains(word.substring(0, word.indexOf('=')))) {
                Word whole = words.get(i);
                found = Optional.of(new Word(whole.text().substring(whole.text().indexOf('=') + 1), word.substring(word.indexOf('=') + 1)));
            }
        }
        return found;
    }

    /// The variables that the reader must set, with what they stand for.
    public Map<String, String> unknowns() {
        Map<String, String> unknowns = new LinkedHashMap<>();
        words.stream().flatMap(word -> word.unknown().stream()).forEach(unknown -> unknowns.put(unknown.variable(), unknown.meaning()));
        return unknowns;
    }

    /// The word behind another, for a command's main argument; empty where an option stands there.
    Optional<Word> after(String value) {
        for (int i = 0; i + 1 < words.size(); i++) {
            if (words.get(i).value().equals(value)) {
                return Optional.of(words.get(i + 1)).filter(word -> !word.value().startsWith("-"));
            }
        }
        return Optional.empty();
    }

    /// Without options that have one value.
    ServerCommand without(String... names) {
        Set<String> dropped = Set.copyOf(Arrays.asList(names));
        List<Word> kept = new ArrayList<>();
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i).value();
            if (dropped.contains(word)) {
                i++;
            } else if (word.indexOf('=') < 0 || !dropped.contains(word.substring(0, word.indexOf('=')))) {
                kept.add(words.get(i));
            }
        }
        return new ServerCommand(kept);
    }

    /// Without options that have no value.
    ServerCommand withoutSwitches(String... names) {
        Set<String> dropped = Set.copyOf(Arrays.asList(names));
        return new ServerCommand(words.stream().filter(word -> !dropped.contains(word.value())).toList());
    }

    /// With more words.
    ServerCommand with(String... values) {
        List<Word> more = new ArrayList<>(words);
        Arrays.stream(values).map(Word::of).forEach(more::add);
        return new ServerCommand(more);
    }

    /// With more words that the shell is to read.
    ServerCommand with(Word... others) {
        List<Word> more = new ArrayList<>(words);
        more.addAll(Arrays.asList(others));
        return new ServerCommand(more);
    }

    /// With another text for its first word where that has a value.
    ServerCommand startingWith(String value, String text) {
        List<Word> changed = new ArrayList<>(words);
        if (words.getFirst().value().equals(value)) {
            changed.set(0, new Word(text, value));
        }
        return new ServerCommand(changed);
    }

    /// The command as a shell reads it. Variables set before a command become arguments of `env`, so that `exec` can stand before it.
    public String text() {
        String text = words.stream().map(Word::text).collect(Collectors.joining(" "));
        return words.getFirst().value().matches("[A-Za-z_][A-Za-z0-9_]*=.*") ? "env " + text : text;
    }
}
