package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.RestoredMark;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is said of a restore.
 *
 * <p>At the end of the graph the first block that gives frames is flagged restored and
 * discontinuity, because the encoder was lost with the old process, and a mark and an event go
 * ahead of its frames. Blocks whose frames were all published before are flagged so, where they
 * leave the start of the graph and where they were in flight, and the first one behind them is
 * flagged restored: a key frame there serves readers that pass over what they had. Mailbox thread
 * only.
 */
final class RestoreNotices {
  private final Set<String> toFlag = new HashSet<>();
  private final Set<String> toAnnounce = new HashSet<>();
  private final Map<String, Long> lastPublished = new HashMap<>();
  private final Set<String> beyondPublished = new HashSet<>();
  private long stoodStillSinceMicros;
  private long restoredMicros;

  /** Begins the life after a restore. */
  void restored(long nowMicros) {
    restoredMicros = nowMicros;
  }

  /**
   * Has sessions be announced, at the end of the graph.
   *
   * @param openSessions the sessions that were restored
   * @param sinceMicros when the checkpoint was taken; now if that is not known
   */
  void announce(Set<String> openSessions, long sinceMicros) {
    toFlag.addAll(openSessions);
    stoodStillSinceMicros = Math.min(sinceMicros, restoredMicros);
  }

  /** True of what was due before the restore; false where there was none. */
  boolean wasDueBefore(long deadlineMicros) {
    return deadlineMicros < restoredMicros;
  }

  /** Remembers what of a session was published before the restore. */
  void published(String sessionKey, long lastBlock) {
    if (lastBlock >= 0) {
      lastPublished.put(sessionKey, lastBlock);
    }
  }

  /** What was published before the restore, by session. */
  Map<String, Long> published() {
    return Map.copyOf(lastPublished);
  }

  /** Flags the first block of a restored session that gives frames. */
  SessionRecord flagged(SessionRecord record) {
    if (record instanceof SessionRecord.Block block
        && !block.block().flags().published()
        && toFlag.remove(record.sessionKey())) {
      toAnnounce.add(record.sessionKey());
      MediaBlock b = block.block();
      return new SessionRecord.Block(b.withFlags(b.flags().afterLoss()));
    }
    return record;
  }

  /**
   * Flags blocks by what of them was published before the restore: those before the last one
   * wholly, of the last one perhaps a part; and the first one beyond it.
   */
  SessionRecord caughtUp(SessionRecord record) {
    Long last = lastPublished.get(record.sessionKey());
    if (last == null || !(record instanceof SessionRecord.Block block)) {
      return record;
    }
    MediaBlock b = block.block();
    if (b.index() < last) {
      return b.flags().published()
          ? record
          : new SessionRecord.Block(b.withFlags(b.flags().withPublished()));
    }
    if (b.index() == last || !beyondPublished.add(b.sessionKey())) {
      return record;
    }
    return new SessionRecord.Block(b.withFlags(b.flags().beyondPublished()));
  }

  /** A session ended before a block of it was made. */
  void forget(String sessionKey) {
    toFlag.remove(sessionKey);
    toAnnounce.remove(sessionKey);
    lastPublished.remove(sessionKey);
    beyondPublished.remove(sessionKey);
  }

  /**
   * What goes ahead of a turn's outputs; nothing unless its block is the first after a restore.
   *
   * <p>The gap runs from the checkpoint, which is all that a restored process knows, until the
   * block's frames are there, so it holds what stages before the encoder and derived state took. It
   * is too long by the time from the checkpoint to the failure, which is the checkpoint interval at
   * most. A session that had nothing to say for a while after the restore is not charged for that.
   *
   * @param nowMicros when the turn was done
   */
  List<SessionRecord> ahead(SessionRecord record, long nowMicros) {
    if (!(record instanceof SessionRecord.Block block) || !toAnnounce.remove(record.sessionKey())) {
      return List.of();
    }
    MediaBlock b = block.block();
    boolean silent = b.ingestMicros() > restoredMicros + WakeUps.RESTORE_GRACE.toNanos() / 1000;
    long gapMicros = (silent ? restoredMicros : nowMicros) - stoodStillSinceMicros;
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
