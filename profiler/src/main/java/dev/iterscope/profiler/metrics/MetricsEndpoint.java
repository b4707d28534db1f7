package dev.iterscope.profiler.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/// Serves metrics at `GET /metrics`. Nothing is read from requests but the method and the path.
public final class MetricsEndpoint implements AutoCloseable {

    private static final String PATH = "/metrics";
    private static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int NO_BODY = -1;

    private final HttpServer server;
    private final ExecutorService executor;

    private MetricsEndpoint(HttpServer server, ExecutorService executor) {
        this.server = server;
        this.executor = executor;
    }

    /// Serves on this machine only.
    ///
    /// @param port TCP port, 0 for any free one
    /// @param text makes the metrics' text for each request
    /// @throws IOException if the port is not free
    public static MetricsEndpoint onLoopback(int port, Supplier<String> text) throws IOException {
        return start(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), text);
    }

    /// Serves on a given address.
    ///
    /// @throws IOException if the address or port cannot be bound
    public static MetricsEndpoint start(InetSocketAddress address, Supplier<String> text) throws IOException {
        HttpServer server = HttpServer.create(address, 0);
        ExecutorService executor =
                Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("iterscope-metrics").factory());
        server.setExecutor(executor);
        server.createContext("/", exchange -> answer(exchange, text));
        server.start();
        return new MetricsEndpoint(server, executor);
    }

    /// Where it listens.
    public InetSocketAddress address() {
        return server.getAddress();
    }

    @Override
    public void close() {
        server.stop(0);
        executor.shutdown();
    }

    private static void answer(HttpExchange exchange, Supplier<String> text) throws IOException {
        try (exchange) {
            if (!exchange.getRequestURI().getPath().equals(PATH)) {
                exchange.sendResponseHeaders(NOT_FOUND, NO_BODY);
            } else if (!exchange.getRequestMethod().equals("GET")) {
                exchange.sendResponseHeaders(METHOD_NOT_ALLOWED, NO_BODY);
            } else {
                byte[] body = text.get().getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", CONTENT_TYPE);
                exchange.sendResponseHeaders(OK, body.length);
                try (OutputStream out = exchange.getResponseBody()) {
                    out.write(body);
                }
            }
        }
    }
}
