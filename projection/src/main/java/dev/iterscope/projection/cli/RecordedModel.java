package dev.iterscope.projection.cli;

import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.model.ModelConfig.Architecture;
import dev.iterscope.engine.model.ModelPresets;
import dev.iterscope.engine.model.ModelReference;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.answer.Sources;
import dev.iterscope.projection.recording.ModelFacts;
import dev.iterscope.projection.recording.Recording;
import dev.iterscope.projection.recording.Settings;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The model that a recording is of, as far as it says it.
final class RecordedModel {
    /// Families whose names stand in the names of their models. A distilled model has two.
    private static final Set<String> FAMILIES =
            Set.of("llama", "qwen", "mistral", "mixtral", "deepseek", "kimi", "gemma", "phi", "glm", "minimax", "gpt-oss", "nemotron");
    /// Billions of parameters, `8b` or `235b-a22b`.
    private static final Pattern SIZE = Pattern.compile("(?<![0-9.])([0-9]+(?:\\.[0-9]+)?)b(?![a-z0-9])");

    private RecordedModel() {}

    /// The recorded model as an engine takes it: a preset of that name, else its recorded dimensions with weights in bfloat16.
    static Optional<ModelReference> of(Settings settings) {
        return settings.model()
                .flatMap(ModelPresets::find)
                .or(() -> settings.modelFacts().flatMap(facts -> config(facts, settings)))
                .map(config -> new ModelReference(config, Optional.empty()));
    }

    private static Optional<ModelConfig> config(ModelFacts facts, Settings settings) {
        ModelConfig base = ModelPresets.TINY;
        try {
            Architecture architecture = Architecture.valueOf(facts.architecture().toUpperCase(Locale.ROOT));
            return Optional.of(new ModelConfig(
                    facts.name(),
                    architecture,
                    facts.hiddenSize(),
                    facts.layers(),
                    facts.heads(),
                    facts.kvHeads(),
                    facts.headDim(),
                    facts.intermediateSize(),
                    facts.vocabSize(),
                    facts.tiedEmbeddings(),
                    architecture == Architecture.QWEN3,
                    architecture == Architecture.QWEN2,
                    base.rmsNormEps(),
                    base.rope(),
                    settings.maxModelLen().orElse(base.maxModelLen()),
                    base.weightType(),
                    List.of()));
        } catch (IllegalArgumentException unknown) {
            return Optional.empty(); // another architecture, or dimensions that none of ours has
        }
    }

    /// Refuses a model that the recording is not of: its steps would be explained by another model's work.
    ///
    /// @throws UserInputException with exit code 3
    static void require(ModelConfig named, Sources sources) {
        Settings settings = sources.settings();
        Optional<String> recorded = settings.modelFacts().isPresent()
                ? settings.modelFacts().filter(facts -> !hasDimensions(named, facts)).map(ModelFacts::name)
                : settings.model().filter(name -> namesAnother(name, named.name()));
        recorded.ifPresent(name -> {
            throw UserInputException.input(
                    sources.recording().map(Recording::files).map(files -> String.join(", ", files)).orElse("the recording"),
                    "",
                    "is of model " + name + ", not of --model " + named.name(),
                    "leave out --model, or name a recording of that model");
        });
    }

    private static boolean hasDimensions(ModelConfig named, ModelFacts facts) {
        return named.layers() == facts.layers() && named.hiddenSize() == facts.hiddenSize() && named.heads() == facts.heads()
                && named.kvHeads() == facts.kvHeads() && named.intermediateSize() == facts.intermediateSize();
    }

    /// Whether two names cannot be of one model. Servers call their model as they like, so a name that says nothing is taken.
    static boolean namesAnother(String recorded, String named) {
        return areApart(families(recorded), families(named)) || areApart(sizes(recorded), sizes(named));
    }

    private static boolean areApart(Set<String> one, Set<String> other) {
        return !one.isEmpty() && !other.isEmpty() && one.stream().noneMatch(other::contains);
    }

    private static Set<String> families(String name) {
        String plain = name.toLowerCase(Locale.ROOT);
        return FAMILIES.stream().filter(plain::contains).collect(Collectors.toSet());
    }

    private static Set<String> sizes(String name) {
        return SIZE.matcher(name.toLowerCase(Locale.ROOT)).results().map(found -> found.group(1)).collect(Collectors.toSet());
    }
}
