package io.avatarflow.jobs.render;

import io.avatarflow.schemas.Framing;
import io.avatarflow.schemas.SessionParameters;
import io.avatarflow.schemas.VideoCodec;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What one render is asked for.
 *
 * @param audio the speech; the bundled sample when empty
 * @param identity a portrait file or the name of a bundled identity; the pack's first when empty
 * @param framing whether the portrait has to be cropped
 * @param out the video file
 * @param pack name or folder of the model pack
 * @param seed of the performance
 * @param codec of the video
 * @param size width and height in pixels; the pack's when empty
 * @param bitrate bits per second; the engine's choice when empty
 * @param parameters of the session; null fields take the pack's defaults
 * @param framesDir where every picture goes as PNG before encoding
 * @param contactSheet where pictures at even distances go on one sheet
 * @param report where the report goes
 * @param record where everything that the session emits goes, as an Avro file
 * @param realtime true to feed the audio at the speed of speech
 * @param brokerPort port of the embedded broker, 0 for a free one
 */
public record RenderRequest(
    Optional<Path> audio,
    Optional<String> identity,
    Framing framing,
    Path out,
    String pack,
    long seed,
    VideoCodec codec,
    Optional<Integer> size,
    Optional<Integer> bitrate,
    SessionParameters parameters,
    Optional<Path> framesDir,
    Optional<Path> contactSheet,
    Optional<Path> report,
    Optional<Path> record,
    boolean realtime,
    int brokerPort) {}
