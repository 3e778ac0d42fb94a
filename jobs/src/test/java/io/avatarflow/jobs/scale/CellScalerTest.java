package io.avatarflow.jobs.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a server that answers as Prometheus and the Kubernetes API do. */
class CellScalerTest {
  private static final String DEPLOYMENTS =
      "/apis/flink.apache.org/v1beta1/namespaces/avatarflow/flinkdeployments";

  private final Map<String, String> answers = new HashMap<>();
  private final List<String> patches = new CopyOnWriteArrayList<>();
  private final List<String> tokens = new CopyOnWriteArrayList<>();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String uri = exchange.getRequestURI().toString();
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          if (exchange.getRequestMethod().equals("PATCH")) {
            patches.add(
                "%s %s %s"
                    .formatted(exchange.getRequestHeaders().getFirst("Content-Type"), uri, body));
          }
          if (uri.startsWith(DEPLOYMENTS)) {
            tokens.add(exchange.getRequestHeaders().getFirst("Authorization"));
          }
          String answer = exchange.getRequestMethod().equals("PATCH") ? "{}" : answers.get(uri);
          byte[] bytes = answer == null ? new byte[0] : answer.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(answer == null ? 403 : 200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    seats("avatarflow:seats:total", 20);
    seats("avatarflow:sessions:open", 18);
    answers.put(
        DEPLOYMENTS + "?labelSelector=avatarflow.io%2Fscaled%3Dtrue",
        """
        {"items": [
          {"metadata": {"name": "cell-a"}, "spec": {"job": {"state": "running"}}},
          {"metadata": {"name": "cell-b"}, "spec": {"job": {"state": "suspended"}}}]}
        """);
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void aSuspendedCellIsTurnedOnByItsState() throws Exception {
    seats("avatarflow:seats:free", 2);
    assertThat(scaler().run(5)).isEqualTo("cell cell-b shall be running");
    assertThat(patches)
        .containsExactly(
            "application/merge-patch+json "
                + DEPLOYMENTS
                + "/cell-b {\"spec\":{\"job\":{\"state\":\"running\"}}}");
    assertThat(tokens).containsOnly("Bearer secret");
  }

  @Test
  void nothingIsPatchedWhileSeatsAreFree() throws Exception {
    seats("avatarflow:seats:free", 9);
    assertThat(scaler().run(5)).isEqualTo("2 cells, nothing to do");
    assertThat(patches).isEmpty();
  }

  @Test
  void aRefusedRequestSaysWhichAndWhatToDo() {
    answers.clear();
    assertThatThrownBy(() -> scaler().run(5))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("answered 403")
        .hasMessageContaining("service account");
  }

  private void seats(String rule, int value) {
    answers.put(
        "/api/v1/query?query=" + rule.replace(":", "%3A"),
        """
        {"status": "success", "data": {"resultType": "vector", "result": [
          {"metric": {"cell": "cell-a"}, "value": [1.0, "%d"]}]}}
        """
            .formatted(value));
  }

  private CellScaler scaler() {
    URI base = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    return new CellScaler(HttpClient.newHttpClient(), base, base, "avatarflow", "secret");
  }
}
