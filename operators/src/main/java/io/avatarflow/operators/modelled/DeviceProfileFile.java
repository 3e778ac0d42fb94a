package io.avatarflow.operators.modelled;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A device profile as JSON: the measured times of the batches of each stage.
 *
 * <pre>{@code
 * {"name": "reference on cpu", "stages": [
 *   {"name": "denoiser", "steps": 2, "idleSteps": 2, "rows": 2, "maxRows": 16,
 *    "latencyMillis": {"1": 1.1, "2": 1.9, "4": 3.6}}]}
 * }</pre>
 *
 * @param name of device and pack
 * @param stages in the order in which a block goes through them
 */
public record DeviceProfileFile(
    @JsonProperty(required = true) String name, @JsonProperty(required = true) List<Stage> stages) {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES);

  private static final long MOST_BYTES = 1 << 20;

  /** A stage; see {@link StageProfile}. */
  public record Stage(
      @JsonProperty(required = true) String name,
      @JsonProperty(required = true) int steps,
      @JsonProperty(required = true) int idleSteps,
      @JsonProperty(required = true) int rows,
      @JsonProperty(required = true) int maxRows,
      @JsonProperty(required = true) Map<Integer, Double> latencyMillis) {}

  /**
   * Reads a profile.
   *
   * @throws IOException if there is no such file or it is no profile, as a sentence that says what
   *     is wrong with it
   */
  public static DeviceProfile read(Path file) throws IOException {
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new IOException(
            "Device profile %s has %d bytes, at most %d are possible."
                .formatted(file, Files.size(file), MOST_BYTES));
      }
      return JSON.readValue(file.toFile(), DeviceProfileFile.class).profile();
    } catch (NoSuchFileException e) {
      throw new IOException(
          "There is no device profile %s; measure one with `avatarflow bench batching --profiles DIR`."
              .formatted(file),
          e);
    } catch (JsonProcessingException e) {
      throw new IOException(
          "Device profile %s cannot be read: %s.".formatted(file, e.getOriginalMessage()), e);
    } catch (IllegalArgumentException e) {
      throw new IOException("Device profile %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  /**
   * The profile that the file holds.
   *
   * @throws IllegalArgumentException if it makes no sense
   */
  public DeviceProfile profile() {
    return new DeviceProfile(
        name,
        stages.stream()
            .map(
                s ->
                    new StageProfile(
                        s.name,
                        s.steps,
                        s.idleSteps,
                        s.rows,
                        s.maxRows,
                        LatencyCurve.measured(s.latencyMillis)))
            .toList());
  }

  /** Writes it. */
  public void write(Path file) throws IOException {
    JSON.writeValue(file.toFile(), this);
  }
}
