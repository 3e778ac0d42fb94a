package io.avatarflow.jobs.bench;

import io.avatarflow.jobs.client.StreamCursor;
import io.avatarflow.jobs.client.StreamCursor.Verdict;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.CloseReason;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.OpenMark;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Track;

/**
 * What a viewer saw of one session of a soak. Its size does not depend on how long that was. One
 * thread.
 */
final class SoakSession {
  private final StreamCursor cursor = new StreamCursor();
  private final TrackDrift drift = new TrackDrift();
  private final PunctualBlocks blocks;
  private boolean opened;
  private boolean broken;
  private long frames;
  private long repeated;
  private long lastBlock;

  SoakSession(PunctualBlocks blocks) {
    this.blocks = blocks;
  }

  /** Takes the next record of the session. */
  void add(SessionOutput output, long nowMicros) {
    Verdict verdict = cursor.accept(output);
    if (output.getBody() instanceof EncodedFrame frame) {
      add(verdict, frame, output.getEpoch(), nowMicros);
    } else if (verdict == Verdict.TAKE && output.getBody() instanceof StreamMark mark) {
      add(mark.getBody());
    }
  }

  private void add(Verdict verdict, EncodedFrame frame, long epoch, long nowMicros) {
    switch (verdict) {
      case TAKE -> {
        frames++;
        lastBlock = Math.max(lastBlock, frame.getBlock());
        drift.frame(frame);
        if (frame.getTrack() == Track.VIDEO) {
          blocks.picture(frame.getBlock(), epoch, nowMicros);
        }
      }
      case REPEATED, DECODE_ONLY, OUTDATED, CLOSED -> repeated++;
      case FLUSHED, UNKNOWN -> {}
    }
  }

  private void add(Object mark) {
    if (mark instanceof OpenMark open) {
      opened = true;
      drift.open(open);
    } else if (mark instanceof CloseMark close) {
      drift.complete();
      blocks.complete();
      broken = close.getReason() != CloseReason.CLOSED;
    }
  }

  boolean opened() {
    return opened;
  }

  boolean closed() {
    return cursor.closed();
  }

  /** True when it ended otherwise than by its producer. */
  boolean broken() {
    return broken;
  }

  /** Frames of both tracks that a viewer takes. */
  long frames() {
    return frames;
  }

  /** Frames of both tracks that never came outside of skipped or flushed ranges. */
  long lost() {
    return cursor.missing(Track.VIDEO) + cursor.missing(Track.AUDIO);
  }

  /** Frames that were on the topic more than once. */
  long repeated() {
    return repeated;
  }

  /** The largest distance of sound and pictures, samples. */
  long driftSamples() {
    return drift.worstSamples();
  }

  /** The highest number of a block. */
  long lastBlock() {
    return lastBlock;
  }

  PunctualBlocks blocks() {
    return blocks;
  }
}
