package io.avatarflow.jobs.scale;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.avatarflow.jobs.scale.ScalingDecision.Cell;
import io.avatarflow.jobs.scale.ScalingDecision.Seats;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the free seats of all cells from Prometheus and turns a suspended cell on, or an empty one
 * off, by the Flink operator's {@code spec.job.state}. Runs once and ends; {@code k8s/scaler} calls
 * it every minute.
 *
 * <p>Only deployments with the label {@value #LABEL} are touched. A live cell is never resized:
 * that would restart the sessions of all of it.
 */
public final class CellScaler {
  /** The label of deployments that may be turned on and off. */
  static final String LABEL = "avatarflow.io/scaled=true";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final HttpClient http;
  private final URI prometheus;
  private final URI deployments;
  private final Map<String, String> headers;

  /**
   * @param http trusts the API server
   * @param prometheus base address of Prometheus
   * @param api base address of the Kubernetes API
   * @param namespace of the cells
   * @param token of the service account
   */
  CellScaler(HttpClient http, URI prometheus, URI api, String namespace, String token) {
    this.http = http;
    this.prometheus = prometheus;
    this.deployments =
        api.resolve("/apis/flink.apache.org/v1beta1/namespaces/" + namespace + "/flinkdeployments");
    this.headers = Map.of("Authorization", "Bearer " + token);
  }

  /** {@code CellScaler --prometheus URL --namespace NAME --min-free SEATS}, inside a pod. */
  public static void main(String[] args) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      options.put(args[i], args[i + 1]);
    }
    for (String option : List.of("--prometheus", "--namespace", "--min-free")) {
      if (!options.containsKey(option)) {
        throw new IllegalArgumentException("Option %s is missing.".formatted(option));
      }
    }
    Path account = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");
    CellScaler scaler =
        new CellScaler(
            ClusterTrust.client(account.resolve("ca.crt")),
            URI.create(options.get("--prometheus")),
            URI.create("https://kubernetes.default.svc"),
            options.get("--namespace"),
            Files.readString(account.resolve("token")).strip());
    System.out.println(scaler.run(Double.parseDouble(options.get("--min-free"))));
  }

  /**
   * Looks once and acts once.
   *
   * @return what was done, one line
   */
  String run(double minFree) throws IOException, InterruptedException {
    List<Cell> cells = cells();
    Optional<ScalingDecision> decision = ScalingDecision.of(cells, minFree);
    if (decision.isEmpty()) {
      return "%d cells, nothing to do".formatted(cells.size());
    }
    String state = decision.get().run() ? "running" : "suspended";
    URI deployment = URI.create(deployments + "/" + decision.get().cell());
    send(
        request(deployment)
            .header("Content-Type", "application/merge-patch+json")
            .method(
                "PATCH",
                HttpRequest.BodyPublishers.ofString(
                    "{\"spec\":{\"job\":{\"state\":\"" + state + "\"}}}")));
    return "cell %s shall be %s".formatted(decision.get().cell(), state);
  }

  private List<Cell> cells() throws IOException, InterruptedException {
    Map<String, Double> total = query("avatarflow:seats:total");
    Map<String, Double> free = query("avatarflow:seats:free");
    Map<String, Double> sessions = query("avatarflow:sessions:open");
    List<Cell> cells = new ArrayList<>();
    String selector = URLEncoder.encode(LABEL, StandardCharsets.UTF_8);
    JsonNode found = send(request(URI.create(deployments + "?labelSelector=" + selector)).GET());
    for (JsonNode item : found.path("items")) {
      String name = item.at("/metadata/name").asText();
      boolean running = !item.at("/spec/job/state").asText("running").equals("suspended");
      boolean known = running && free.containsKey(name) && total.getOrDefault(name, 0.0) > 0;
      cells.add(
          new Cell(
              name,
              running,
              known
                  ? Optional.of(
                      new Seats(total.get(name), free.get(name), sessions.getOrDefault(name, 0.0)))
                  : Optional.empty()));
    }
    return cells;
  }

  /** The value of a recorded rule for each cell. */
  private Map<String, Double> query(String rule) throws IOException, InterruptedException {
    String query = "/api/v1/query?query=" + URLEncoder.encode(rule, StandardCharsets.UTF_8);
    JsonNode answer = send(HttpRequest.newBuilder(prometheus.resolve(query)).timeout(TIMEOUT));
    Map<String, Double> values = new HashMap<>();
    for (JsonNode series : answer.at("/data/result")) {
      values.put(series.at("/metric/cell").asText(), series.at("/value/1").asDouble());
    }
    return values;
  }

  private HttpRequest.Builder request(URI uri) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(TIMEOUT);
    headers.forEach(request::header);
    return request;
  }

  private JsonNode send(HttpRequest.Builder builder) throws IOException, InterruptedException {
    HttpRequest request = builder.build();
    HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
    if (response.statusCode() / 100 != 2) {
      throw new IOException(
          "%s %s answered %d; check the address and the rights of the service account."
              .formatted(request.method(), request.uri(), response.statusCode()));
    }
    return JSON.readTree(response.body());
  }
}
