package io.avatarflow.jobs.plan;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.LoaderOptions;

/**
 * The sessions that are expected: a YAML or JSON file.
 *
 * <pre>{@code
 * speechShare: 0.4                 # share of a session's time in which it speaks
 * arrivalsPerHour: 600             # sessions that begin, at the peak
 * length: {meanMinutes: 4}         # exponential; or {minutes: {2: 0.5, 10: 0.5}}, shares by length
 * tenants: {acme: 0.7, globex: 0.3}   # shares of the sessions
 * }</pre>
 *
 * @param sessions live sessions at the peak; instead of arrivals, null with them
 * @param arrivalsPerHour sessions that begin in an hour at the peak; null with {@code sessions}
 * @param length how long they last; null only without arrivals
 * @param speechShare share of a session's time in which it speaks, 0 to 1
 * @param utteranceSeconds mean length of an utterance; 6 when absent
 * @param tenants share of the sessions by tenant, together 1; empty when absent
 */
public record Traffic(
    Integer sessions,
    Double arrivalsPerHour,
    Length length,
    @JsonProperty(required = true) double speechShare,
    Double utteranceSeconds,
    Map<String, Double> tenants) {
  private static final long MAX_BYTES = 1 << 20;
  private static final double MOST_SESSIONS = 1e6;
  private static final double EPSILON = 1e-6;
  private static final YAMLMapper YAML = mapper();

  /**
   * How long sessions last; one of both is given.
   *
   * @param meanMinutes mean of an exponential distribution
   * @param minutes share of the sessions by their length in minutes, together 1
   */
  public record Length(Double meanMinutes, Map<Double, Double> minutes) {
    /** Mean length in minutes. */
    public double mean() {
      return meanMinutes != null
          ? meanMinutes
          : minutes.entrySet().stream().mapToDouble(e -> e.getKey() * e.getValue()).sum();
    }
  }

  public Traffic {
    utteranceSeconds = utteranceSeconds == null ? 6.0 : utteranceSeconds;
    tenants = tenants == null ? Map.of() : new TreeMap<>(tenants);
  }

  private static YAMLMapper mapper() {
    LoaderOptions limits = new LoaderOptions();
    limits.setCodePointLimit((int) MAX_BYTES);
    limits.setMaxAliasesForCollections(0);
    return YAMLMapper.builder(YAMLFactory.builder().loaderOptions(limits).build())
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .build();
  }

  /** Live sessions that never end, of which all is known but their number and how they speak. */
  public static Traffic of(int sessions, double speechShare) {
    return new Traffic(sessions, null, null, speechShare, null, null);
  }

  /**
   * Reads a traffic file.
   *
   * @throws IllegalArgumentException if it is none or makes no sense, with one sentence
   */
  public static Traffic read(Path file) {
    Traffic traffic;
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new IllegalArgumentException(
            "Traffic file %s has %d bytes, the limit is %d; describe the peak, not every session."
                .formatted(file, Files.size(file), MAX_BYTES));
      }
      traffic = YAML.readValue(Files.readAllBytes(file), Traffic.class);
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException("Traffic file %s is not there.".formatted(file), e);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "Traffic file %s%s: %s.".formatted(file, where(e), reason(e)), e);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "Traffic file %s cannot be read (%s).".formatted(file, e), e);
    }
    if (traffic == null) {
      throw new IllegalArgumentException(
          "Traffic file %s: it is empty; give speechShare and sessions, for example."
              .formatted(file));
    }
    try {
      traffic.check();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("Traffic file %s: %s".formatted(file, e.getMessage()), e);
    }
    return traffic;
  }

  private static String where(JsonProcessingException e) {
    String line = e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
    if (!(e instanceof JsonMappingException mapping) || mapping.getPath().isEmpty()) {
      return line;
    }
    return line
        + ", key \"%s\""
            .formatted(
                mapping.getPath().stream()
                    .map(step -> String.valueOf(step.getFieldName()))
                    .collect(Collectors.joining(".")));
  }

  private static String reason(JsonProcessingException e) {
    String first = e.getOriginalMessage().lines().findFirst().orElse("no YAML");
    return first
        .replaceFirst("^No content.*", "it is empty; give speechShare and sessions, for example")
        .replaceFirst("^Unrecognized field \"([^\"]*)\".*", "unknown key; correct or remove it")
        .replaceFirst(
            "^Missing required creator property '([^']*)'.*", "key \"$1\" is missing; add it")
        .replaceFirst(" \\(class .*", "")
        .replaceFirst("\\.$", "");
  }

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException naming the first that makes no sense
   */
  public void check() {
    require(
        (sessions == null) != (arrivalsPerHour == null),
        "give either sessions or arrivalsPerHour, not %s."
            .formatted(sessions == null ? "none" : "both"));
    range("sessions", sessions == null ? 1 : sessions, 1, MOST_SESSIONS);
    range("arrivalsPerHour", arrivalsPerHour == null ? 1 : arrivalsPerHour, 1e-3, 1e8);
    range("speechShare", speechShare, 0, 1);
    range("utteranceSeconds", utteranceSeconds, 0.1, 3600);
    require(
        arrivalsPerHour == null || length != null,
        "arrivalsPerHour says how many begin, not how many stay; add length.");
    if (length != null) {
      checkLength();
      range("sessions that arrive and stay", offered(), 1e-3, MOST_SESSIONS);
    }
    checkShares("tenants", tenants);
    tenants
        .keySet()
        .forEach(
            tenant ->
                require(
                    tenant.matches("[A-Za-z0-9._-]{1,128}"),
                    "tenant \"%s\" is no tenant's name; use A-Z a-z 0-9 . _ -.".formatted(tenant)));
  }

  private void checkLength() {
    require(
        (length.meanMinutes == null) != (length.minutes == null),
        "length takes either meanMinutes or minutes.");
    if (length.meanMinutes != null) {
      range("length.meanMinutes", length.meanMinutes, 0.01, 1440);
    } else {
      require(!length.minutes.isEmpty(), "length.minutes is empty; give shares by minutes.");
      length.minutes.keySet().forEach(minutes -> range("a length in minutes", minutes, 0.01, 1440));
      checkShares(
          "length.minutes",
          length.minutes.entrySet().stream()
              .collect(Collectors.toMap(e -> e.getKey().toString(), Map.Entry::getValue)));
    }
  }

  private static void checkShares(String what, Map<String, Double> shares) {
    if (shares.isEmpty()) {
      return;
    }
    shares.forEach(
        (name, share) -> range(what + "." + name, share == null ? Double.NaN : share, 0, 1));
    double sum = shares.values().stream().mapToDouble(Double::doubleValue).sum();
    require(
        Math.abs(sum - 1) < EPSILON,
        "the shares of %s add up to %.4f; they have to add up to 1.".formatted(what, sum));
  }

  private static void range(String what, double value, double least, double most) {
    require(
        value >= least && value <= most,
        "%s is %s; give a number from %s to %s.".formatted(what, value, show(least), show(most)));
  }

  private static String show(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  private static void require(boolean fine, String sentence) {
    if (!fine) {
      throw new IllegalArgumentException(sentence);
    }
  }

  /** Live sessions at the peak on average: as given, or arrivals times length (Little's law). */
  public double offered() {
    return sessions != null ? sessions : arrivalsPerHour / 60 * length.mean();
  }

  /** True when sessions come and go at random, so that their number swings around its mean. */
  public boolean swings() {
    return sessions == null;
  }

  /** The tenants' names and shares, one that stands for all when there are none. */
  public List<Map.Entry<String, Double>> shares() {
    return tenants.isEmpty() ? List.of(Map.entry("all", 1.0)) : List.copyOf(tenants.entrySet());
  }
}
