package io.avatarflow.operators.codec;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Checks what the header of a RIFF/WAVE file says against itself and against the file, because
 * decoders believe it.
 *
 * <p>A file that is shorter than its header consistently says was cut off, which is a warning. A
 * header that contradicts itself is refused. Sizes of 0 and 0xffffffff are how a stream says that
 * it did not know.
 */
final class WavHeader {
  private static final int MAX_CHUNKS = 1000;
  private static final int MAX_CHANNELS = 8;
  private static final int FORMAT_BYTES = 16;
  private static final int PCM = 1;
  private static final int FLOAT = 3;
  private static final int EXTENSIBLE = 0xfffe;
  private static final long UNKNOWN = 0xffffffffL;

  private final Path file;
  private final FileChannel channel;
  private final ByteBuffer buffer =
      ByteBuffer.allocate(FORMAT_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  private WavHeader(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Checks a file; one that is not RIFF/WAVE passes.
   *
   * @return a warning when the file was cut off
   * @throws MediaException when the header contradicts itself
   */
  static Optional<String> check(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      return new WavHeader(file, channel).check();
    }
  }

  private Optional<String> check() throws IOException {
    if (!read(0, 12) || !tag(0).equals("RIFF") || !tag(8).equals("WAVE")) {
      return Optional.empty();
    }
    long riffSize = unsigned(4);
    long at = 12;
    boolean formatSeen = false;
    for (int chunk = 0; chunk < MAX_CHUNKS && read(at, 8); chunk++) {
      String tag = tag(0);
      long size = unsigned(4);
      if (tag.equals("data")) {
        if (!formatSeen) {
          throw lies("has sound before it says its format");
        }
        return checkData(riffSize, at + 8, size);
      }
      if (tag.equals("fmt ")) {
        formatSeen = true;
        checkFormat(at + 8, size);
      }
      at += 8 + size + (size & 1);
    }
    throw lies("has no sound in it (no data chunk)");
  }

  private void checkFormat(long at, long size) throws IOException {
    if (size < FORMAT_BYTES || !read(at, FORMAT_BYTES)) {
      throw lies(
          "gives its format in %d bytes, at least %d are needed".formatted(size, FORMAT_BYTES));
    }
    int format = buffer.getShort(0) & 0xffff;
    int channels = buffer.getShort(2) & 0xffff;
    long rate = unsigned(4);
    int frameBytes = buffer.getShort(12) & 0xffff;
    int bits = buffer.getShort(14) & 0xffff;
    if (channels < 1 || channels > MAX_CHANNELS) {
      throw lies("says %d channels, 1 to %d are possible".formatted(channels, MAX_CHANNELS));
    }
    if (!SourceRate.isUsable(rate)) {
      throw lies(
          "says %d samples a second, %d to %d can be used"
              .formatted(rate, SourceRate.LEAST, SourceRate.MOST));
    }
    boolean plain = format == PCM || format == FLOAT || format == EXTENSIBLE;
    if (plain && (bits < 1 || bits > 64 || frameBytes != channels * ((bits + 7) / 8))) {
      throw lies(
          "contradicts itself: %d channels of %d bits do not make frames of %d bytes"
              .formatted(channels, bits, frameBytes));
    }
  }

  private Optional<String> checkData(long riffSize, long at, long size) throws IOException {
    if (size == 0 || size == UNKNOWN) {
      return Optional.empty();
    }
    boolean riffKnown = riffSize != 0 && riffSize != UNKNOWN;
    if (riffKnown && at + size > riffSize + 8 + 1) {
      throw lies(
          "contradicts itself: %d bytes of sound do not fit into the %d bytes that it says the file has"
              .formatted(size, riffSize + 8));
    }
    long there = Math.max(0, channel.size() - at);
    return there >= size
        ? Optional.empty()
        : Optional.of(
            "Audio %s was cut off: its header says %d bytes of sound, %d are there; only these are used."
                .formatted(file, size, there));
  }

  private MediaException lies(String what) {
    return new MediaException(
        "Audio %s cannot be used: its WAV header %s; export the file again.".formatted(file, what));
  }

  private boolean read(long at, int bytes) throws IOException {
    buffer.clear().limit(bytes);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, at + buffer.position()) < 0) {
        return false;
      }
    }
    return true;
  }

  private String tag(int at) {
    return new String(buffer.array(), at, 4, StandardCharsets.ISO_8859_1);
  }

  private long unsigned(int at) {
    return buffer.getInt(at) & 0xffffffffL;
  }
}
