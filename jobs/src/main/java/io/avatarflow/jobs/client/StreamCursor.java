package io.avatarflow.jobs.client;

import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.FlushMark;
import io.avatarflow.schemas.OpenMark;
import io.avatarflow.schemas.ParametersMark;
import io.avatarflow.schemas.RestoredMark;
import io.avatarflow.schemas.SegmentEndMark;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.SkippedMark;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Track;

/**
 * Where a reader stands in the stream of one session, and with that what it does with the next
 * record.
 *
 * <p>The frames topic is written at least once: after a restore a session goes on from its last
 * checkpoint, so frames and marks that were published before come again, under a higher attempt. A
 * process that was given up for lost may even write on for a while. The rules: of equal ids the
 * first is taken, nothing of an attempt below the highest seen, no frame of an epoch below the last
 * FLUSH, and nothing behind CLOSE. A decoder that follows them shows every frame once, in order.
 *
 * <p>Frames refer to each other within an attempt. Those that come again while the encoder catches
 * up are therefore {@link Verdict#DECODE_ONLY}: the decoder needs them for what follows, the viewer
 * has seen them. They begin with a key frame that says {@code discontinuity}.
 *
 * <p>Records must come in the order of their partition, from the stream's OPEN mark on or from any
 * later place. Not thread-safe.
 */
public final class StreamCursor {
  /** What to do with a record. */
  public enum Verdict {
    /** New: show the frame, obey the mark. */
    TAKE,
    /** A frame that was taken before, made again: decode it for those behind it, show nothing. */
    DECODE_ONLY,
    /** Was taken before. */
    REPEATED,
    /** Of an attempt below the highest seen: its process was given up. */
    OUTDATED,
    /** A frame of an epoch that was interrupted. */
    FLUSHED,
    /** Behind the end of the stream. */
    CLOSED,
    /** Of a kind that is newer than this reader. */
    UNKNOWN
  }

  private final TrackCursor video = new TrackCursor();
  private final TrackCursor audio = new TrackCursor();
  private int attempt;
  private long epoch;
  private boolean opened;
  private boolean closed;
  private int framesPerBlock;
  private int restoredAttempt;
  private ParametersMark parameters;
  private long nextDecision;
  private long skippedTo;
  private long segmentsTo = -1;

  /** Decides about the next record of the session and moves on. */
  public Verdict accept(SessionOutput output) {
    if (output.getAttempt() < attempt) {
      return Verdict.OUTDATED;
    }
    if (closed) {
      return Verdict.CLOSED;
    }
    attempt = output.getAttempt();
    if (output.getBody() instanceof EncodedFrame frame) {
      return frame(frame, output.getEpoch());
    }
    if (output.getBody() instanceof StreamMark mark && mark.getBody() != null) {
      return mark(mark.getBody()) ? Verdict.TAKE : Verdict.REPEATED;
    }
    return Verdict.UNKNOWN;
  }

  private Verdict frame(EncodedFrame frame, long frameEpoch) {
    if (frameEpoch < epoch) {
      return Verdict.FLUSHED;
    }
    epoch = frameEpoch;
    if (frame.getTrack() == Track.VIDEO) {
      return video.accept(frame, attempt, epoch);
    }
    return frame.getTrack() == Track.AUDIO ? audio.accept(frame, attempt, epoch) : Verdict.UNKNOWN;
  }

  /** True when the mark is new. */
  private boolean mark(Object mark) {
    if (mark instanceof DecisionMark decision) {
      boolean isNew = decision.getBlock() >= nextDecision;
      nextDecision = Math.max(nextDecision, decision.getBlock() + 1);
      return isNew;
    }
    if (mark instanceof ParametersMark now) {
      boolean isNew = now.getBlock() >= nextDecision && !now.equals(parameters);
      parameters = isNew ? now : parameters;
      return isNew;
    }
    if (mark instanceof SegmentEndMark end) {
      boolean isNew = end.getAtSample() > segmentsTo;
      segmentsTo = Math.max(segmentsTo, end.getAtSample());
      return isNew;
    }
    if (mark instanceof FlushMark flush) {
      boolean isNew = flush.getEpoch() > epoch;
      epoch = Math.max(epoch, flush.getEpoch());
      return isNew;
    }
    if (mark instanceof RestoredMark) {
      boolean isNew = attempt > restoredAttempt;
      restoredAttempt = attempt;
      return isNew;
    }
    return mark instanceof SkippedMark skipped ? skip(skipped) : limit(mark);
  }

  /**
   * What was decided before stays the next to be decided: an attempt that ended between a skip and
   * the decision behind it left nothing to follow, and the next one may well make those blocks.
   */
  private boolean skip(SkippedMark skipped) {
    if (skipped.getToBlock() <= skippedTo) {
      return false;
    }
    skippedTo = skipped.getToBlock();
    video.excuse(skipped.getFromBlock() * framesPerBlock, skippedTo * framesPerBlock, skippedTo);
    // Packets do not end where blocks do, so the skipped ones are not known one by one.
    audio.excuse(0, Long.MAX_VALUE, skippedTo);
    return true;
  }

  /** The marks at both ends of a stream. */
  private boolean limit(Object mark) {
    if (mark instanceof OpenMark open) {
      boolean isNew = !opened;
      opened = true;
      framesPerBlock = open.getFramesPerBlock();
      video.begin();
      audio.begin();
      return isNew;
    }
    if (mark instanceof CloseMark close) {
      closed = true;
      video.expect(close.getVideoFrames(), epoch);
      audio.expect(close.getAudioPackets(), epoch);
      return true;
    }
    return true;
  }

  /** The highest attempt seen. */
  public int attempt() {
    return attempt;
  }

  /** True behind the CLOSE mark. */
  public boolean closed() {
    return closed;
  }

  /** Index just behind the last frame of a track that was taken; 0 before the first. */
  public long next(Track track) {
    return cursor(track).next;
  }

  /**
   * Frames of a track that should have come and did not: gaps in the indices that neither a FLUSH
   * nor a SKIPPED mark explains. The end is judged at the CLOSE mark.
   */
  public long missing(Track track) {
    return cursor(track).missing;
  }

  private TrackCursor cursor(Track track) {
    return track == Track.AUDIO ? audio : video;
  }

  /** What was taken of one track. */
  private static final class TrackCursor {
    private long next;
    private long missing;
    private int takenAttempt;
    private long takenEpoch;
    private boolean begun;
    private long excusedFrom;
    private long excusedTo;
    private long excusedBeforeBlock;

    /** The stream is read from its first frame, so that what does not come is missing. */
    void begin() {
      begun = true;
    }

    /**
     * No frame is expected from one index to before another, until one of a block comes. Of blocks
     * before it some may come only now: an interrupt held them back from an attempt that failed.
     */
    void excuse(long from, long to, long block) {
      excusedFrom = from;
      excusedTo = to;
      excusedBeforeBlock = block;
    }

    Verdict accept(EncodedFrame frame, int attempt, long epoch) {
      long index = frame.getIndex();
      if (index < next) {
        return attempt > takenAttempt ? Verdict.DECODE_ONLY : Verdict.REPEATED;
      }
      expect(index, epoch);
      if (frame.getBlock() >= excusedBeforeBlock) {
        excuse(0, 0, 0);
      }
      begun = true;
      next = index + 1;
      takenAttempt = attempt;
      takenEpoch = epoch;
      return Verdict.TAKE;
    }

    /** Counts what lies between the last frame and an index; an interrupt explains all of it. */
    void expect(long index, long epoch) {
      if (!begun || epoch > takenEpoch) {
        return;
      }
      long excused = Math.min(index, excusedTo) - Math.max(next, excusedFrom);
      missing += Math.max(0, index - next - Math.max(0, excused));
    }
  }
}
