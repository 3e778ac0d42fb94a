package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.MediaBlock.BlockFlags;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.RestoredMark;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What the operator that ends the graph says of a restore: the first block that a session gets made
 * is flagged restored and discontinuity, because the encoder was lost with the old process, and a
 * mark and an event go ahead of its frames. Mailbox thread only.
 */
final class RestoreNotices {
  private final Set<String> toFlag = new HashSet<>();
  private long outageMicros;

  /**
   * Begins the life after a restore.
   *
   * @param openSessions the sessions that were restored
   * @param outage time from the checkpoint to the restore, microseconds; 0 if it is not known
   */
  void restored(Set<String> openSessions, long outage) {
    toFlag.addAll(openSessions);
    outageMicros = outage;
  }

  /** Flags the first block of a restored session. */
  SessionRecord flagged(SessionRecord record) {
    if (record instanceof SessionRecord.Block block && toFlag.remove(record.sessionKey())) {
      MediaBlock b = block.block();
      BlockFlags f = b.flags();
      return new SessionRecord.Block(
          b.withFlags(new BlockFlags(f.idle(), f.concealed(), true, f.degraded(), true)));
    }
    return record;
  }

  /** A session ended before a block of it was made. */
  void forget(String sessionKey) {
    toFlag.remove(sessionKey);
  }

  /**
   * What goes ahead of a turn's outputs; nothing unless its block was flagged.
   *
   * <p>The gap runs from the checkpoint, which is all that a restored process knows, to the
   * restore, and on through the block's time at the encoder's stage. It is too long by the time
   * from the checkpoint to the failure, which is the checkpoint interval at most.
   *
   * @param trace the time that the turn took
   */
  List<SessionRecord> ahead(SessionRecord record, TurnTrace trace) {
    if (!(record instanceof SessionRecord.Block block) || !block.block().flags().restored()) {
      return List.of();
    }
    MediaBlock b = block.block();
    long gapMicros = outageMicros + trace.queueMicros() + trace.computeMicros();
    RestoredMark mark = new RestoredMark(gapMicros, b.index());
    return List.of(
        new SessionRecord.Emission(
            new SessionOutput(b.sessionKey(), b.epoch(), b.attempt(), new StreamMark(mark))),
        new SessionRecord.Event(
            new SessionEvent(
                b.sessionKey(),
                b.audio().firstSample(),
                SessionEventType.RESTORED,
                "",
                "The session stood still for %d ms and goes on with block %d."
                    .formatted(gapMicros / 1000, b.index()))));
  }
}
