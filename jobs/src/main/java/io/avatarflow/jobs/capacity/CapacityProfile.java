package io.avatarflow.jobs.capacity;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.avatarflow.jobs.bench.BenchResult;
import io.avatarflow.operators.modelled.DeviceProfile;
import io.avatarflow.operators.modelled.DeviceProfileFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How many live sessions one process carries, as {@code avatarflow bench capacity} measured it: the
 * certificate behind the seats that admission gives away, and what {@code avatarflow plan} computes
 * with.
 *
 * <p>A JSON file in the shape of every benchmark, {@code name}, {@code machine}, {@code versions}
 * and {@code results}, with the rest beside it. It holds for one pack, by its digest, on one kind
 * of machine and device.
 *
 * @param name always {@value #NAME}
 * @param machine in words
 * @param versions of what was measured
 * @param results the benchmark's measures
 * @param machineKind architecture and vector instructions, as {@code MachineKind} names them
 * @param cores processors that the process had, 1 or more
 * @param device {@code cpu}, {@code cuda}, ...
 * @param deviceWorkers threads that ran batches
 * @param pack name of the model pack
 * @param packDigest its SHA-256, hexadecimal
 * @param blockMillis length of a block
 * @param seats live sessions that the process was certified for, 1 or more
 * @param onTime share of their frames that was on time, 0 to 1
 * @param stateBytes canonical state of a session
 * @param heapBytes memory of a session in all, on and off the heap
 * @param inputBytesPerSecond of a session on the input topic
 * @param outputBytesPerSecond of a session on the frames topic
 * @param budgetMillis how much later than live audio is complete a block's frames may leave
 * @param stages what a block costs on the device, as {@code avatarflow bench batching} times it
 */
public record CapacityProfile(
    @JsonProperty(required = true) String name,
    @JsonProperty(required = true) String machine,
    @JsonProperty(required = true) String versions,
    @JsonProperty(required = true) List<BenchResult.Line> results,
    @JsonProperty(required = true) String machineKind,
    @JsonProperty(required = true) int cores,
    @JsonProperty(required = true) String device,
    @JsonProperty(required = true) int deviceWorkers,
    @JsonProperty(required = true) String pack,
    @JsonProperty(required = true) String packDigest,
    @JsonProperty(required = true) int blockMillis,
    @JsonProperty(required = true) int seats,
    @JsonProperty(required = true) double onTime,
    @JsonProperty(required = true) long stateBytes,
    @JsonProperty(required = true) long heapBytes,
    @JsonProperty(required = true) long inputBytesPerSecond,
    @JsonProperty(required = true) long outputBytesPerSecond,
    @JsonProperty(required = true) int budgetMillis,
    @JsonProperty(required = true) List<DeviceProfileFile.Stage> stages) {
  /** What the field {@code name} says. */
  public static final String NAME = "capacity";

  private static final long MAX_BYTES = 4L << 20;
  private static final int MAX_SEATS = 1_000_000;
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  public CapacityProfile {
    results = results == null ? List.of() : List.copyOf(results);
    stages = stages == null ? List.of() : List.copyOf(stages);
  }

  /**
   * Reads a profile.
   *
   * @throws IllegalArgumentException if the file is none, with one sentence that says why
   */
  public static CapacityProfile read(Path file) {
    CapacityProfile profile;
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new IllegalArgumentException(
            "Capacity profile %s has %d bytes, the limit is %d; it is none."
                .formatted(file, Files.size(file), MAX_BYTES));
      }
      profile = JSON.readValue(Files.readAllBytes(file), CapacityProfile.class);
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(
          "Capacity profile %s is not there; make one with avatarflow bench capacity --profile FILE."
              .formatted(file),
          e);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "Capacity profile %s cannot be read (%s); make it anew with avatarflow bench capacity."
              .formatted(file, e.getOriginalMessage().lines().findFirst().orElse("no JSON")),
          e);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "Capacity profile %s cannot be read (%s).".formatted(file, e), e);
    }
    if (profile == null) {
      throw new IllegalArgumentException(
          "Capacity profile %s is empty; make one with avatarflow bench capacity.".formatted(file));
    }
    profile
        .problem()
        .ifPresent(
            problem -> {
              throw new IllegalArgumentException(
                  "Capacity profile %s: %s; measure again with avatarflow bench capacity."
                      .formatted(file, problem));
            });
    try {
      profile.deviceProfile();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "Capacity profile %s: %s".formatted(file, e.getMessage()), e);
    }
    return profile;
  }

  /** Writes the profile as JSON. */
  public void write(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.write(file, JSON.writeValueAsBytes(this));
  }

  /** What is wrong with the numbers, as half a sentence; empty when nothing is. */
  public Optional<String> problem() {
    Map<String, Boolean> rules = new LinkedHashMap<>();
    rules.put("name is \"%s\", not %s".formatted(name, NAME), NAME.equals(name));
    rules.put(
        "seats is %d, not 1 to %d".formatted(seats, MAX_SEATS), seats >= 1 && seats <= MAX_SEATS);
    rules.put("cores is %d, not 1 or more".formatted(cores), cores >= 1);
    rules.put("deviceWorkers is %d, not 1 or more".formatted(deviceWorkers), deviceWorkers >= 1);
    rules.put("blockMillis is %d, not 1 or more".formatted(blockMillis), blockMillis >= 1);
    rules.put("onTime is %s, not in 0 to 1".formatted(onTime), isShare(onTime));
    rules.put("budgetMillis is %d, not 1 or more".formatted(budgetMillis), budgetMillis >= 1);
    rules.put(
        "a number of bytes is negative",
        stateBytes >= 0 && heapBytes >= 0 && inputBytesPerSecond >= 0 && outputBytesPerSecond >= 0);
    rules.put(
        "packDigest is \"%s\", not a SHA-256".formatted(packDigest),
        packDigest.matches("[0-9a-f]{64}"));
    rules.put("stages is empty", !stages.isEmpty());
    return rules.entrySet().stream()
        .filter(rule -> !rule.getValue())
        .map(Map.Entry::getKey)
        .findFirst();
  }

  private static boolean isShare(double value) {
    return value >= 0 && value <= 1;
  }

  /**
   * What a block costs on the device, for the modelled device.
   *
   * @throws IllegalArgumentException if a stage makes no sense
   */
  public DeviceProfile deviceProfile() {
    return new DeviceProfileFile(pack + " on " + device, stages).profile();
  }

  /**
   * Refuses to speak for another pack or machine.
   *
   * @param file where the profile came from
   * @param wantedPack name of the pack that is served
   * @param wantedDigest its digest
   * @param wantedDevice device that it runs on
   * @param hereKind kind of this machine
   * @param hereCores its processors
   * @throws IllegalArgumentException with one sentence that says what does not fit
   */
  public void requireFits(
      Path file,
      String wantedPack,
      String wantedDigest,
      String wantedDevice,
      String hereKind,
      int hereCores) {
    if (!packDigest.equalsIgnoreCase(wantedDigest)) {
      throw misfit(
          file,
          "pack \"%s\" %s, the job serves \"%s\" %s"
              .formatted(pack, shortened(packDigest), wantedPack, shortened(wantedDigest)));
    }
    if (!device.equals(wantedDevice)) {
      throw misfit(file, "device %s, the job runs on %s".formatted(device, wantedDevice));
    }
    if (!machineKind.equals(hereKind)) {
      throw misfit(
          file, "a machine of kind \"%s\", this one is \"%s\"".formatted(machineKind, hereKind));
    }
    if (cores > hereCores) {
      throw misfit(file, "%d cores, this process has %d".formatted(cores, hereCores));
    }
  }

  private static IllegalArgumentException misfit(Path file, String what) {
    return new IllegalArgumentException(
        "Capacity profile %s was measured with %s; measure here with avatarflow bench capacity, or give --seats."
            .formatted(file, what));
  }

  private static String shortened(String digest) {
    return digest.substring(0, Math.min(12, digest.length()));
  }
}
