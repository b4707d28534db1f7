package dev.iterscope.projection.cli;

import java.util.Optional;
import picocli.CommandLine.IVersionProvider;

/// The answer to `--version`: the version in the jar's manifest, and the JDK that runs it.
final class VersionProvider implements IVersionProvider {

    @Override
    public String[] getVersion() {
        String version = Optional.ofNullable(VersionProvider.class.getPackage().getImplementationVersion()).orElse("(development)");
        return new String[] {"iterscope " + version, "JDK " + Runtime.version()};
    }
}
