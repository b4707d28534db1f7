package dev.iterscope.projection.model.table;

import dev.iterscope.engine.model.ModelConfig;
import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.model.kernel.KernelExcerpt;
import dev.iterscope.projection.model.kernel.KernelModel;
import dev.iterscope.projection.model.kernel.KernelStepModel;
import dev.iterscope.projection.model.kernel.KernelStepOptions;
import dev.iterscope.projection.model.kernel.KernelTable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Step models from what lies in a profile folder or a model file.
public final class StepModels {

    private StepModels() {}

    /// Tables of a device.
    ///
    /// @param device the device measured
    /// @param tables its kernels
    /// @param layers whose kernels were measured, where the tables are of whole layers or were cut to one model and the source says it
    public record Kernels(Optional<String> device, List<KernelTable> tables, Optional<MeasuredLayers> layers) {}

    /// Reads a profile folder (`--kernel-profile`).
    ///
    /// @throws UserInputException where it contains no usable table
    public static Kernels ofProfile(Path folder) throws IOException {
        return ofProfile(ProfileReader.read(folder, true));
    }

    /// The tables of a profile, those of one kernel as one.
    public static Kernels ofProfile(Profile profile) {
        Map<String, List<SourceTable>> byName = new LinkedHashMap<>();
        profile.tables().forEach(source -> byName.computeIfAbsent(source.table().name(), name -> new ArrayList<>()).add(source));
        List<KernelTable> tables = byName.values().stream().map(SourceTable::joined).toList();
        return new Kernels(profile.device(), tables, MeasuredLayers.of(profile));
    }

    /// Reads a model file (`--kernel-model`).
    ///
    /// @throws UserInputException where it is none
    public static Kernels ofModelFile(Path file) throws IOException {
        return kernels(ModelFile.read(file));
    }

    /// Reads what a model file holds, from wherever it is kept.
    ///
    /// @param file its name, for messages
    /// @param in   closed afterwards
    /// @throws UserInputException where it is none
    public static Kernels ofModelFile(Path file, InputStream in) throws IOException {
        return kernels(ModelFile.read(file, in));
    }

    private static Kernels kernels(ModelFile.Content content) {
        return new Kernels(content.device(), content.kernels(), content.measured().or(() -> MeasuredLayers.of(content.kernels())));
    }

    /// Puts a step together.
    ///
    /// @param source what the user named, for messages
    /// @throws UserInputException where a table that a step needs is missing
    public static KernelStepModel make(Path source, Kernels kernels, ModelConfig model, KernelStepOptions options) {
        kernels.layers().ifPresent(measured -> measured.check(source, model, options.tensorParallel()));
        if (model.heads() % options.tensorParallel() != 0) {
            throw UserInputException.usage("--tensor-parallel-size " + options.tensorParallel() + " does not divide the " + model.heads()
                    + " heads of " + model.name());
        }
        return switch (KernelStepModel.of(kernels.tables(), model, options)) {
            case KernelStepModel.Made.Model(KernelStepModel made) -> made;
            case KernelStepModel.Made.Missing(String table) -> throw lacking(source, table);
        };
    }

    /// The measurements that steps of one model rest on.
    ///
    /// @param source what the user named, for messages
    /// @throws UserInputException where a table that a step needs is missing
    public static List<KernelTable> excerpt(Path source, Collection<KernelModel> kernels, ModelConfig model, KernelStepOptions options) {
        return switch (KernelExcerpt.of(kernels, model, options)) {
            case KernelExcerpt.Kept(List<KernelTable> tables) -> tables;
            case KernelExcerpt.Missing(String table) -> throw lacking(source, table);
        };
    }

    private static UserInputException lacking(Path source, String table) {
        return UserInputException.input(source.toString(), "", "has no table of " + table + ", which every step needs",
                "add that table, or name another profile");
    }
}
