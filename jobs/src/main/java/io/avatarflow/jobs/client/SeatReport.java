package io.avatarflow.jobs.client;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.avatarflow.schemas.SessionPlacement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * What a subtask says of its seats once a second: a record of the seats topic, JSON in UTF-8, its
 * key {@code subtask-N}.
 *
 * @param subtask index of the subtask that takes input
 * @param parallelism subtasks of the job
 * @param maxParallelism key groups of the job
 * @param pool names the process, whose seats all its subtasks share
 * @param seats seats of the process
 * @param free seats that a new session could take; below 0 after a restore that brought too many
 * @param refused sessions that the process has refused so far
 * @param retryAfterMillis about when the next seat should be free
 * @param atMicros when this was so, microseconds since the epoch
 */
public record SeatReport(
    @JsonProperty(required = true) int subtask,
    @JsonProperty(required = true) int parallelism,
    @JsonProperty(required = true) int maxParallelism,
    @JsonProperty(required = true) String pool,
    @JsonProperty(required = true) int seats,
    @JsonProperty(required = true) int free,
    @JsonProperty(required = true) long refused,
    @JsonProperty(required = true) long retryAfterMillis,
    @JsonProperty(required = true) long atMicros) {
  /** Fields that are newer than the reader are passed over. */
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  /** The record's key. */
  public byte[] key() {
    return ("subtask-" + subtask).getBytes(StandardCharsets.UTF_8);
  }

  /** The record's value. */
  public byte[] toJson() {
    try {
      return JSON.writeValueAsBytes(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A record of numbers could not be written as JSON.", e);
    }
  }

  /**
   * Reads a record's value.
   *
   * @throws IOException if it is no report
   */
  public static SeatReport of(byte[] json) throws IOException {
    return JSON.readValue(json, SeatReport.class);
  }

  /** Tells a placement. */
  public void tell(SessionPlacement placement) {
    placement.seats(subtask, pool, free, atMicros);
  }
}
