package io.avatarflow.jobs.replay;

import io.avatarflow.jobs.client.StreamCursor;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.MalformedRecordException;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.RecordedMessage;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.file.DataFileReader;

/**
 * The decisions of a recorded session in the order in which they are to be told to ingest: always
 * at least one ahead of the input, because ingest decides for itself when it has none left.
 */
final class RecordedDecisions {
  private static final int AT_ONCE = 64;

  private final List<DecisionMark> decisions;
  private int told;

  private RecordedDecisions(List<DecisionMark> decisions) {
    this.decisions = decisions;
  }

  /** No decisions. */
  static RecordedDecisions none() {
    return new RecordedDecisions(List.of());
  }

  /** Reads those of an output log; what came again after a restore counts once. */
  static RecordedDecisions of(MessageLog output) throws IOException {
    List<DecisionMark> decisions = new ArrayList<>();
    StreamCursor cursor = new StreamCursor();
    try (DataFileReader<RecordedMessage> log = output.read()) {
      while (log.hasNext()) {
        SessionOutput record = RecordCodec.output().decode(bytes(log.next()));
        if (cursor.accept(record) == StreamCursor.Verdict.TAKE
            && record.getBody() instanceof StreamMark mark
            && mark.getBody() instanceof DecisionMark decision) {
          decisions.add(decision);
        }
      }
    } catch (MalformedRecordException e) {
      throw new IOException(
          "Recording %s holds a record that cannot be read: %s"
              .formatted(output.file(), e.getMessage()),
          e);
    }
    return new RecordedDecisions(SessionRecord.Decisions.complete(decisions));
  }

  static byte[] bytes(RecordedMessage message) {
    byte[] bytes = new byte[message.getValue().remaining()];
    message.getValue().duplicate().get(bytes);
    return bytes;
  }

  /**
   * Those that ingest must have before it sees the input record at an offset, often none; and the
   * one before them, by which it sees that nothing is missing between.
   */
  List<DecisionMark> before(long offset) {
    int from = told;
    while (told < decisions.size()
        && (told == 0 || decisions.get(told - 1).getLastInputOffset() <= offset)) {
      told = Math.min(decisions.size(), told + AT_ONCE);
    }
    return from(from);
  }

  /** Those that were not told yet. */
  List<DecisionMark> rest() {
    int from = told;
    told = decisions.size();
    return from(from);
  }

  private List<DecisionMark> from(int first) {
    return decisions.subList(first == told ? told : Math.max(0, first - 1), told);
  }
}
