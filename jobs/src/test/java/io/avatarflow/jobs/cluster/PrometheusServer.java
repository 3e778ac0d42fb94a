package io.avatarflow.jobs.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A running Prometheus that is asked by PromQL. */
final class PrometheusServer {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newHttpClient();
  private final String address;

  PrometheusServer(String address) {
    this.address = address;
  }

  /** Waits until an expression has a value; rates have none before the second scrape. */
  void awaitValues(String expression) throws InterruptedException {
    LocalProcesses.await(
        "a value of " + expression, Duration.ofSeconds(60), () -> hasValues(expression));
  }

  private boolean hasValues(String expression) {
    try {
      String query = URLEncoder.encode(expression, StandardCharsets.UTF_8);
      HttpResponse<String> response =
          http.send(
              HttpRequest.newBuilder(
                      URI.create("http://" + address + "/api/v1/query?query=" + query))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      JsonNode answer = JSON.readTree(response.body());
      if (!answer.at("/status").asText().equals("success")) {
        throw new AssertionError(expression + ": " + answer.at("/error").asText());
      }
      return !answer.at("/data/result").isEmpty();
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
