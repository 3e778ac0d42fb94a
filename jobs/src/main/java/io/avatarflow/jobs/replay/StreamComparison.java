package io.avatarflow.jobs.replay;

import io.avatarflow.jobs.client.StreamCursor;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.MalformedRecordException;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.RecordedMessage;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StageTrace;
import io.avatarflow.schemas.Track;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.avro.file.DataFileReader;

/**
 * Compares the pictures of a session in two recordings, frame by frame, and finds where they part:
 * which frame, and which operator was the first to make something else.
 */
final class StreamComparison {
  private StreamComparison() {}

  /**
   * The first frame that differs.
   *
   * @param index its index
   * @param operator the first stage whose output differs, {@code ingest} for another cut of the
   *     audio, {@code unknown} when a recording has no hashes of stages
   */
  record Difference(long index, String operator) {}

  /**
   * What was found.
   *
   * @param equal frames whose pictures are equal
   * @param different frames whose pictures differ
   * @param missing frames that only the first recording has
   * @param extra frames that only the second has
   */
  record Result(
      SessionKey key,
      long equal,
      long different,
      long missing,
      long extra,
      Optional<Difference> first) {
    boolean isEqual() {
      return different == 0 && missing == 0 && extra == 0;
    }

    long frames() {
      return equal + different + missing + extra;
    }
  }

  /** Compares a session of two recordings. */
  static Result compare(SessionKey key, MessageLog before, MessageLog after) throws IOException {
    long equal = 0;
    long different = 0;
    long missing = 0;
    long extra = 0;
    Difference first = null;
    try (Frames a = new Frames(before);
        Frames b = new Frames(after)) {
      EncodedFrame left = a.next();
      EncodedFrame right = b.next();
      while (left != null || right != null) {
        if (right == null || (left != null && left.getIndex() < right.getIndex())) {
          missing++;
          first = first == null ? new Difference(left.getIndex(), "ingest") : first;
          left = a.next();
        } else if (left == null || right.getIndex() < left.getIndex()) {
          // What an interrupt took back when it was lived may be made again.
          if (b.epoch >= a.epoch) {
            extra++;
            first = first == null ? new Difference(right.getIndex(), "ingest") : first;
          }
          right = b.next();
        } else {
          if (left.getPixelHash() == right.getPixelHash()) {
            equal++;
          } else {
            different++;
            first = first == null ? new Difference(left.getIndex(), operator(left, right)) : first;
          }
          left = a.next();
          right = b.next();
        }
      }
    }
    return new Result(key, equal, different, missing, extra, Optional.ofNullable(first));
  }

  private static String operator(EncodedFrame a, EncodedFrame b) {
    if (a.getAudioFirstSample() != b.getAudioFirstSample()
        || a.getAudioSampleCount() != b.getAudioSampleCount()
        || a.getRung() != b.getRung()
        || a.getFlags().getIdle() != b.getFlags().getIdle()
        || a.getFlags().getConcealed() != b.getFlags().getConcealed()) {
      return "ingest";
    }
    List<StageTrace> left = hashed(a);
    List<StageTrace> right = hashed(b);
    for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
      if (left.get(i).getOutputHash() != right.get(i).getOutputHash()) {
        return left.get(i).getStage();
      }
    }
    // Pictures are not in the stages' hashes: with all else equal, the last one made them so.
    return left.isEmpty() || left.size() != right.size() ? "unknown" : "render";
  }

  private static List<StageTrace> hashed(EncodedFrame frame) {
    return frame.getTrace().getStages().stream().filter(s -> s.getOutputHash() != 0).toList();
  }

  /** The video frames of a log, each once. */
  private static final class Frames implements AutoCloseable {
    private final DataFileReader<RecordedMessage> log;
    private final MessageLog source;
    private final StreamCursor cursor = new StreamCursor();

    /** That of the frame returned last, or of any record behind the last frame. */
    private long epoch;

    Frames(MessageLog source) throws IOException {
      this.source = source;
      this.log = source.read();
    }

    /** The next frame, null behind the last. */
    EncodedFrame next() throws IOException {
      try {
        while (log.hasNext()) {
          SessionOutput output = RecordCodec.output().decode(RecordedDecisions.bytes(log.next()));
          epoch = Math.max(epoch, output.getEpoch());
          if (cursor.accept(output) == StreamCursor.Verdict.TAKE
              && output.getBody() instanceof EncodedFrame frame
              && frame.getTrack() == Track.VIDEO) {
            return frame;
          }
        }
        return null;
      } catch (MalformedRecordException e) {
        throw new IOException(
            "Recording %s holds a record that cannot be read: %s"
                .formatted(source.file(), e.getMessage()),
            e);
      }
    }

    @Override
    public void close() throws IOException {
      log.close();
    }
  }
}
