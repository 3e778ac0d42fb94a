package io.avatarflow.operators.codec;

import io.avatarflow.schemas.AudioChunk;
import io.avatarflow.schemas.AudioEncoding;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Reads any sound file that FFmpeg knows as a stream of PCM chunks, in memory that does not grow
 * with the file.
 *
 * <p>Rates of 8 to 48 kHz stay as they are, others from 4 to 768 kHz become 48 kHz. Up to 16 bits
 * become PCM_S16LE, all else PCM_F32LE, clipped to -1 to 1. One to eight channels stay,
 * interleaved. Only the named file is opened: lists of other files and network addresses are
 * refused.
 *
 * <p>Every refusal is a {@link MediaException} of one sentence; most come from the constructor,
 * damage further back from {@link #next}. One thread at a time.
 */
public final class AudioFileReader implements AutoCloseable {
  private static final Duration MAX_CHUNK = Duration.ofSeconds(1);
  private static final Duration MIN_CHUNK = Duration.ofMillis(10);
  private static final double MISSING_SECONDS = 0.5;
  // Lossy codecs overshoot a little; that is no fault of the file.
  private static final double CLIPPED_SHARE = 0.001;

  private final Path file;
  private final AudioDecoder decoder;
  private final List<String> warnings = new ArrayList<>();
  private final int frameBytes;
  private final int chunkBytes;
  private byte[] pending = new byte[0];
  private int head;
  private int tail;
  private long nextSample;
  private boolean ended;

  /**
   * A piece of the sound.
   *
   * @param firstSample position of its first sample, samples per channel since the start of the
   *     file
   * @param samples samples per channel
   * @param payload interleaved samples in the reader's encoding
   * @param last true for the last piece of the file
   */
  public record PcmChunk(long firstSample, int samples, byte[] payload, boolean last) {}

  /**
   * Opens a file and decodes its beginning.
   *
   * @param chunk length of the chunks, 10 ms to 1 s; the last one may be shorter
   */
  public AudioFileReader(Path file, Duration chunk) {
    if (chunk.compareTo(MIN_CHUNK) < 0 || chunk.compareTo(MAX_CHUNK) > 0) {
      throw new IllegalArgumentException(
          "Chunks are %d to %d ms long, not %d."
              .formatted(MIN_CHUNK.toMillis(), MAX_CHUNK.toMillis(), chunk.toMillis()));
    }
    this.file = file;
    checkFile(file);
    checkHeader(file);
    this.decoder = new AudioDecoder(file);
    this.frameBytes = decoder.channels() * (decoder.encoding() == AudioEncoding.PCM_S16LE ? 2 : 4);
    this.chunkBytes = Math.toIntExact(decoder.sampleRate() * chunk.toMillis() / 1000) * frameBytes;
    try {
      fill();
      if (tail == head) {
        throw new MediaException(
            decoder.damagedPackets() > 0
                ? "Audio %s cannot be decoded; give a sound file that is whole.".formatted(file)
                : "Audio %s holds no sound (0 samples); give a file with at least one."
                    .formatted(file));
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private static void checkFile(Path file) {
    if (!Files.exists(file)) {
      throw new MediaException(
          "Audio %s does not exist; give the path of a sound file.".formatted(file));
    }
    if (Files.isDirectory(file)) {
      throw new MediaException(
          "Audio %s is a folder; give the path of a sound file.".formatted(file));
    }
    if (!Files.isRegularFile(file)) {
      throw new MediaException(
          "Audio %s is no regular file; give the path of a sound file.".formatted(file));
    }
    if (!Files.isReadable(file)) {
      throw new MediaException(
          "Audio %s cannot be read; give yourself the right to read it.".formatted(file));
    }
  }

  private void checkHeader(Path path) {
    try {
      if (Files.size(path) == 0) {
        throw new MediaException("Audio %s is empty (0 bytes); give a sound file.".formatted(path));
      }
      WavHeader.check(path).ifPresent(warnings::add);
    } catch (IOException e) {
      throw new MediaException("Audio %s cannot be read (%s).".formatted(path, e.getMessage()), e);
    }
  }

  /** Samples a second of the chunks, 8000 to 48000. */
  public int sampleRate() {
    return decoder.sampleRate();
  }

  /** Channels of the chunks, 1 to 8. */
  public int channels() {
    return decoder.channels();
  }

  /** How the samples of the chunks are written. */
  public AudioEncoding encoding() {
    return decoder.encoding();
  }

  /** A chunk as the record that producers send, in epoch 0. */
  public AudioChunk toRecord(PcmChunk chunk, boolean endOfSegment) {
    return AudioChunk.newBuilder()
        .setEpoch(0)
        .setFirstSample(chunk.firstSample())
        .setSampleRate(sampleRate())
        .setChannels(channels())
        .setEncoding(encoding())
        .setPayload(ByteBuffer.wrap(chunk.payload()))
        .setEndOfSegment(endOfSegment)
        .build();
  }

  /** How long the file says it is, seconds; empty when it does not say. */
  public OptionalDouble estimatedSeconds() {
    return decoder.estimatedSeconds();
  }

  /**
   * What is wrong with the file but does not stop it from being used, one sentence each; complete
   * at the end.
   */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** The next chunk; empty behind the last. */
  public Optional<PcmChunk> next() {
    if (tail == head) {
      return Optional.empty();
    }
    int bytes = Math.min(chunkBytes, tail - head);
    byte[] payload = Arrays.copyOfRange(pending, head, head + bytes);
    head += bytes;
    int samples = bytes / frameBytes;
    long first = nextSample;
    nextSample += samples;
    fill();
    boolean last = tail == head;
    if (last) {
      warnAtEnd();
    }
    return Optional.of(new PcmChunk(first, samples, payload, last));
  }

  /** Decodes until a whole chunk waits or the file ends. */
  private void fill() {
    while (!ended && tail - head < chunkBytes) {
      Optional<byte[]> decoded = decoder.decode();
      ended = decoded.isEmpty();
      decoded.ifPresent(this::append);
    }
  }

  private void append(byte[] bytes) {
    if (tail + bytes.length > pending.length) {
      pending =
          Arrays.copyOfRange(pending, head, Math.max(head + 2 * chunkBytes, tail + bytes.length));
      tail -= head;
      head = 0;
    }
    System.arraycopy(bytes, 0, pending, tail, bytes.length);
    tail += bytes.length;
  }

  private void warnAtEnd() {
    double seconds = (double) nextSample / sampleRate();
    if (decoder.damagedPackets() > 0) {
      warnings.add(
          "Audio %s is damaged: %d packets could not be decoded and were left out."
              .formatted(file, decoder.damagedPackets()));
    }
    if (decoder.clippedSamples() > nextSample * channels() * CLIPPED_SHARE) {
      warnings.add(
          "Audio %s exceeds full scale: %d samples were clipped."
              .formatted(file, decoder.clippedSamples()));
    }
    double announced = decoder.saysItsLength() ? decoder.estimatedSeconds().orElse(0) : 0;
    if (warnings.isEmpty() && seconds < announced - MISSING_SECONDS) {
      warnings.add(
          "Audio %s was cut off: it says %.1f seconds, %.1f are there; only these are used."
              .formatted(file, announced, seconds));
    }
  }

  /** Frees everything native; calling it again does nothing. */
  @Override
  public void close() {
    decoder.close();
  }
}
