package dev.iterscope.projection.serving;

import dev.iterscope.projection.serving.ServerCommand.Word;
import java.util.List;
import java.util.Optional;

/// An engine behind an HTTP server: it is started, answers `/health` once it is ready, is sent a load, and is stopped.
public sealed interface HttpServer extends ServingEngine permits VllmServer, SglangServer, TensorRtLlmServer {

    /// The port where its command does not say one.
    int defaultPort();

    /// What makes it log every step, as this command starts it.
    ServerCommand logging(ServerCommand command);

    /// Lines of shell that must run before the command: files that it reads.
    default List<String> preparation(ServerCommand command) {
        return List.of();
    }

    /// The model that a command serves.
    Optional<Word> modelOf(ServerCommand command);

    /// The start of a command that serves a model.
    ServerCommand serving(Word model);

    /// The command of its load generator.
    ///
    /// @param url    where the server answers
    /// @param model  the model that is served
    /// @param server the server's command
    /// @param load   what to send
    /// @param result file for the result, a word of shell
    String load(String url, Word model, ServerCommand server, Load load, String result);

    /// The same for requests of these very lengths, with a table of them; empty where its generator cannot.
    ///
    /// @param table file with the table, a word of shell
    default Optional<String> loadOfLengths(String url, Word model, ServerCommand server, Load load, String table, String result) {
        return Optional.empty();
    }

    /// The header and the rows of that table.
    default List<String> table(Load load) {
        return List.of();
    }

    /// The command without the limits, and listening on a port.
    default ServerCommand on(ServerCommand command, int port) {
        ServerCommand bare = command.without(budgetOption(), sequencesOption());
        return port == port(bare) ? bare : bare.without("--port").with("--port", String.valueOf(port));
    }

    /// The port of a command.
    default int port(ServerCommand command) {
        return command.option("--port").map(Word::value).filter(text -> text.matches("[0-9]{1,5}")).map(Integer::parseInt)
                .orElse(defaultPort());
    }

    /// Where the server of a command answers on its own machine.
    default String url(ServerCommand command) {
        String host = command.option("--host").map(Word::value).filter(name -> name.matches("[A-Za-z0-9.-]+"))
                .filter(name -> !name.equals("0.0.0.0")).orElse("127.0.0.1");
        return "http://" + host + ":" + port(command);
    }
}
