package io.avatarflow.jobs.render;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What {@code render --report} writes.
 *
 * @param frames video frames
 * @param durationSeconds of the audio
 * @param fps video frames a second
 * @param framesDigest SHA-256 over the video payloads in order, hexadecimal
 * @param latencyMillis release to emission of a block
 * @param queueMillis what of it the block waited in its stages: behind earlier blocks, other work
 *     of the device and the task
 * @param engineLatencyMillis what of it was neither that nor computing: the engine's own share
 * @param stages compute time of a block by stage
 * @param realTimeFactor media seconds by wall seconds from first to last frame
 * @param startupSeconds from the start of the process to the first frame
 * @param heapPeakMegabytes largest heap in use after a collection
 * @param pack name of the model pack
 * @param packDigest its SHA-256
 * @param seed the session's seed
 * @param codec of the video
 * @param width pixels
 * @param height pixels
 * @param synthetic always true
 * @param warnings what was noticed on the way
 */
@JsonPropertyOrder(alphabetic = false)
public record RenderReport(
    long frames,
    double durationSeconds,
    double fps,
    String framesDigest,
    LatencyStatistics.Percentiles latencyMillis,
    LatencyStatistics.Percentiles queueMillis,
    LatencyStatistics.Percentiles engineLatencyMillis,
    Map<String, LatencyStatistics.Percentiles> stages,
    double realTimeFactor,
    double startupSeconds,
    double heapPeakMegabytes,
    String pack,
    String packDigest,
    long seed,
    String codec,
    int width,
    int height,
    boolean synthetic,
    List<String> warnings) {

  /** Writes the report as indented JSON. */
  public void write(Path file) throws IOException {
    new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), this);
  }
}
