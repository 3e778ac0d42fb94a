package io.avatarflow.jobs.kafka;

import io.avatarflow.schemas.DecisionMark;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * How a recording lies on a staging topic, from which a replay reads it. Only a job that is told to
 * read a recording looks at these headers; on a live topic they mean nothing.
 */
public final class StagedHeaders {
  /** Offset that an input record had when it was recorded, in decimal; decisions refer to it. */
  public static final String OFFSET = "avatarflow.recorded.offset";

  /** Marks a record whose value is decisions of its session; no value of its own. */
  public static final String DECISIONS = "avatarflow.recorded.decisions";

  private static final int MOST_BYTES = 1 << 20;

  private StagedHeaders() {}

  /** Writes decisions, each behind its length. */
  public static byte[] encode(List<DecisionMark> decisions) throws IOException {
    List<ByteBuffer> parts = new ArrayList<>();
    int length = 0;
    for (DecisionMark decision : decisions) {
      ByteBuffer part = DecisionMark.getEncoder().encode(decision);
      length += Integer.BYTES + part.remaining();
      parts.add(part);
    }
    ByteBuffer bytes = ByteBuffer.allocate(length);
    parts.forEach(part -> bytes.putInt(part.remaining()).put(part));
    return bytes.array();
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws IOException if the bytes are anything else
   */
  static List<DecisionMark> decode(byte[] bytes) throws IOException {
    if (bytes.length > MOST_BYTES) {
      throw new IOException(
          "Decisions take %d bytes, the limit is %d.".formatted(bytes.length, MOST_BYTES));
    }
    List<DecisionMark> decisions = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    while (in.hasRemaining()) {
      int length = in.remaining() < Integer.BYTES ? -1 : in.getInt();
      if (length < 0 || length > in.remaining()) {
        throw new IOException("Decisions end in the middle of one.");
      }
      decisions.add(DecisionMark.getDecoder().decode(in.slice(in.position(), length)));
      in.position(in.position() + length);
    }
    return decisions;
  }
}
