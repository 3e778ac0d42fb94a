package io.avatarflow.jobs.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Map;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.Layout;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.impl.Log4jLogEvent;
import org.apache.logging.log4j.message.SimpleMessage;
import org.apache.logging.log4j.util.SortedArrayStringMap;
import org.junit.jupiter.api.Test;

/** The log configuration that the image, the local cluster and Kubernetes share. */
class JsonLogTest {
  @Test
  void aLineIsOneObjectWithSessionAndEpoch() throws IOException {
    JsonNode line =
        line(Map.of("session", "acme/one", "epoch", "3"), new IllegalStateException("two\nlines"));
    assertThat(line.get("session").asText()).isEqualTo("acme/one");
    assertThat(line.get("epoch").asText()).isEqualTo("3");
    assertThat(line.get("level").asText()).isEqualTo("WARN");
    assertThat(line.get("message").asText()).isEqualTo("a \"quoted\" word");
    assertThat(line.get("time").asText()).startsWith("2023-11-14T22:13:20.000Z");
    assertThat(line.get("error").asText()).contains("IllegalStateException: two\nlines");
  }

  @Test
  void aLineOfNoSessionHasNone() throws IOException {
    JsonNode line = line(Map.of(), null);
    assertThat(line.has("session")).isFalse();
    assertThat(line.has("epoch")).isFalse();
    assertThat(line.has("error")).isFalse();
  }

  private static JsonNode line(Map<String, String> context, Throwable thrown) throws IOException {
    SortedArrayStringMap data = new SortedArrayStringMap();
    context.forEach(data::putValue);
    Log4jLogEvent event =
        Log4jLogEvent.newBuilder()
            .setLoggerName("io.avatarflow.test")
            .setLevel(Level.WARN)
            .setMessage(new SimpleMessage("a \"quoted\" word"))
            .setThrown(thrown)
            .setContextData(data)
            .setTimeMillis(1_700_000_000_000L)
            .build();
    try (LoggerContext logging =
        new LoggerContext(
            "test", null, Manifests.DOCKER.resolve("conf/log4j-console.properties").toUri())) {
      logging.start();
      Layout<?> layout = logging.getConfiguration().getAppender("Json").getLayout();
      String line = layout.toSerializable(event).toString();
      assertThat(line.strip()).doesNotContain("\n");
      return new ObjectMapper().readTree(line);
    }
  }
}
