package io.avatarflow.operators.codec;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads H.264 access units in the byte stream format (ITU-T H.264, annex B): NAL units behind start
 * codes.
 */
final class AnnexB {
  private static final int SEQUENCE_PARAMETER_SET = 7;
  private static final int PICTURE_PARAMETER_SET = 8;
  private static final int TYPE_MASK = 0x1f;

  /** A NAL unit's first byte, behind its start code, and the first byte behind the unit. */
  record Nal(int from, int to, int type) {}

  private AnnexB() {}

  /** The NAL units of an access unit, in order. */
  static List<Nal> units(byte[] stream) {
    List<Nal> units = new ArrayList<>();
    int from = afterStartCode(stream, 0);
    while (from < stream.length) {
      int next = afterStartCode(stream, from);
      int to = next;
      if (next <= stream.length && startsCode(stream, next - 3)) {
        to = next - 3;
      }
      while (to > from && stream[to - 1] == 0) {
        to--;
      }
      units.add(new Nal(from, to, stream[from] & TYPE_MASK));
      from = next;
    }
    return units;
  }

  /**
   * SPS and PPS of a key frame with their start codes, as a file's header wants them; empty when it
   * has none.
   */
  static byte[] parameterSets(byte[] keyFrame) {
    ByteArrayOutputStream sets = new ByteArrayOutputStream();
    for (Nal nal : units(keyFrame)) {
      if (nal.type == SEQUENCE_PARAMETER_SET || nal.type == PICTURE_PARAMETER_SET) {
        sets.writeBytes(new byte[] {0, 0, 0, 1});
        sets.write(keyFrame, nal.from, nal.to - nal.from);
      }
    }
    return sets.toByteArray();
  }

  /** The first SPS's profile, constraints and level in the form of RFC 6381. */
  static Optional<String> profile(byte[] stream) {
    for (Nal nal : units(stream)) {
      if (nal.type == SEQUENCE_PARAMETER_SET && nal.to - nal.from > 3) {
        return Optional.of(
            "avc1.%02x%02x%02x"
                .formatted(
                    stream[nal.from + 1] & 0xff,
                    stream[nal.from + 2] & 0xff,
                    stream[nal.from + 3] & 0xff));
      }
    }
    return Optional.empty();
  }

  private static int afterStartCode(byte[] stream, int from) {
    for (int i = from; i + 2 < stream.length; i++) {
      if (startsCode(stream, i)) {
        return i + 3;
      }
    }
    return stream.length;
  }

  private static boolean startsCode(byte[] stream, int i) {
    return i >= 0
        && i + 2 < stream.length
        && stream[i] == 0
        && stream[i + 1] == 0
        && stream[i + 2] == 1;
  }
}
