package dev.iterscope.projection.cli;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi.Text;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/// Help texts: options under headings where there are many, the most used first, and no option's name broken at a hyphen.
final class HelpText {
    /// From this many options on they get headings, and the synopsis does not repeat them.
    private static final int MANY = 13;
    /// Where descriptions begin.
    private static final int COLUMN = 29;
    private static final int GAP = 1;
    private static final int DESCRIPTION = 4;

    private HelpText() {}

    /// Gives a command and all its subcommands these texts.
    static void install(CommandLine command) {
        command.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, HelpText::options);
        command.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_PARAMETER_LIST, HelpText::parameters);
        command.getCommandSpec().usageMessage().abbreviateSynopsis(command.getCommandSpec().options().size() >= MANY);
        command.getSubcommands().values().forEach(HelpText::install);
    }

    private static String parameters(Help help) {
        StringBuilder text = new StringBuilder();
        help.commandSpec().positionalParameters().stream().filter(parameter -> !parameter.hidden()).forEach(parameter -> append(text, help,
                help.createDefaultParameterRenderer().render(parameter, help.parameterLabelRenderer(), help.colorScheme())));
        return text.toString();
    }

    private static String options(Help help) {
        List<OptionSpec> shown = help.commandSpec().options().stream().filter(option -> !option.hidden()).toList();
        Map<Topic, List<OptionSpec>> topics = new EnumMap<>(Topic.class);
        shown.forEach(option -> topics.computeIfAbsent(topic(option), _ -> new ArrayList<>()).add(option));
        StringBuilder text = new StringBuilder();
        topics.forEach((topic, options) -> {
            if (shown.size() >= MANY) {
                text.append(String.format("%n%s:%n", topic.heading()));
            }
            options.forEach(option -> append(text, help,
                    help.createDefaultOptionRenderer().render(option, help.parameterLabelRenderer(), help.colorScheme())));
        });
        return text.toString();
    }

    static Topic topic(OptionSpec option) {
        if (option.inherited() || !(option.userObject() instanceof Field field) || option.usageHelp() || option.versionHelp()) {
            return Topic.GENERAL;
        }
        return Optional.ofNullable(field.getAnnotation(Topic.Of.class))
                .or(() -> Optional.ofNullable(field.getDeclaringClass().getAnnotation(Topic.Of.class)))
                .map(Topic.Of::value)
                .orElse(Topic.COMMON);
    }

    /// The columns of a row are a marker, the short name, a comma, the long name, and a line of the description.
    private static void append(StringBuilder text, Help help, Text[][] rows) {
        Text[] first = rows[0];
        int length = 2 + Math.max(2, first[1].getCJKAdjustedLength()) + 2 + first[3].getCJKAdjustedLength();
        text.append("  ").append(first[1]).append(" ".repeat(Math.max(0, 2 - first[1].getCJKAdjustedLength())))
                .append(first[2].plainString().isEmpty() ? " " : first[2]).append(' ').append(first[3]);
        if (length + GAP > COLUMN) {
            text.append(System.lineSeparator());
            length = 0;
        }
        text.append(" ".repeat(COLUMN - length));
        List<String> words = new ArrayList<>();
        for (Text[] row : rows) {
            words.addAll(List.of(row[DESCRIPTION].plainString().split(" +")));
        }
        wrap(text, words, help.commandSpec().usageMessage().width());
    }

    /// Fills lines with whole words.
    private static void wrap(StringBuilder text, List<String> words, int width) {
        int at = COLUMN;
        for (String word : words) {
            if (at > COLUMN && at + 1 + word.length() > width) {
                text.append(System.lineSeparator()).append(" ".repeat(COLUMN));
                at = COLUMN;
            }
            if (at > COLUMN) {
                text.append(' ');
                at++;
            }
            text.append(word);
            at += word.length();
        }
        text.append(System.lineSeparator());
    }
}
