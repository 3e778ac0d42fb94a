package io.avatarflow.jobs.kafka;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The receiving end of OTLP over HTTP. Texts stand in its protobuf messages as they are, which is
 * all that is looked for.
 */
final class SpanCollector implements AutoCloseable {
  private final List<String> received = new CopyOnWriteArrayList<>();
  private final HttpServer server;

  SpanCollector() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          received.add(
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
  }

  String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/traces";
  }

  /** Waits until messages with all these texts came. */
  void awaitText(String... texts) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!Stream.of(texts).allMatch(text -> received.stream().anyMatch(m -> m.contains(text)))) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(
            "%d messages came, none with all of %s".formatted(received.size(), List.of(texts)));
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
