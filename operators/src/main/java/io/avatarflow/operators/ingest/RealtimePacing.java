package io.avatarflow.operators.ingest;

import io.avatarflow.schemas.IdlePolicy;
import java.util.OptionalLong;

/**
 * By the clock: every block has its moment, whether its audio came or not.
 *
 * <p>A block whose audio is complete leaves {@code lead} before its media begins. While speech is
 * on, a block waits for its audio until {@code grace} after live audio would be complete; then gaps
 * in it are made up, and where nothing came behind, the block is filled with silence and the idle
 * policy takes over. While nothing is said, blocks leave when their media begins, so that speech
 * starts in the next block. Nothing is overdue: when more time passed than a block has, the whole
 * session is shifted, as it is while the device has more than it can make. A live session then
 * skips what makes it late.
 */
final class RealtimePacing implements Pacing {
  /** What happens next to a session, and when. */
  private record Next(What what, long atMicros) {}

  private enum What {
    AUDIO,
    IDLE,
    NOTHING
  }

  @Override
  public void release(BlockRelease work) {
    while (step(work)) {
      work.settleSegments();
    }
  }

  /** Releases the next block if it is due. */
  private boolean step(BlockRelease work) {
    work.settleSegments();
    work.skipGap(work.setup().options().pacing().grace());
    if (work.isFull()) {
      return false;
    }
    long now = work.nowMicros();
    boolean pauses = isPaused(work.parameters());
    work.growShift(pauses);
    Next next = next(work.setup(), work.audio(), work.pace(), pauses);
    if (next.what() == What.NOTHING || now < next.atMicros()) {
      return false;
    }
    if (work.setup().ladder().isSwamped(now)) {
      work.halt(next.atMicros());
      return false;
    }
    work.catchUp();
    if (work.isFull()) {
      return false;
    }
    if (next.what() == What.AUDIO) {
      work.leaveOutSilence();
      work.audioBlock();
      work.putInSilence();
    } else {
      work.idleBlock();
    }
    return true;
  }

  private static Next next(IngestSetup setup, SessionAudio audio, Pace pace, boolean pauses) {
    MediaTimeline timeline = MediaTimeline.of(setup, pace);
    long block = audio.clock().nextBlock();
    if (audio.hasPending()) {
      boolean ready = pace.closing() || audio.isComplete();
      return new Next(What.AUDIO, ready ? timeline.release(block) : timeline.underflow(block));
    }
    return pace.closing() || pauses
        ? new Next(What.NOTHING, Long.MAX_VALUE)
        : new Next(What.IDLE, timeline.start(block));
  }

  private static boolean isPaused(ParameterTrack parameters) {
    return parameters.base().idlePolicy().equals(IdlePolicy.PAUSE.name());
  }

  @Override
  public OptionalLong wakeAt(IngestSetup setup, IngestState state) {
    if (state.parameters().isEmpty() || !state.script().isEmpty()) {
      return OptionalLong.empty();
    }
    SessionAudio audio = new SessionAudio(setup, state.clock(), state.buffer(), state.refused());
    Next next = next(setup, audio, state.pace(), isPaused(state.parameters().get()));
    return next.what() == What.NOTHING ? OptionalLong.empty() : OptionalLong.of(next.atMicros());
  }

  @Override
  public long deadline(IngestSetup setup, Pace pace, long block) {
    return MediaTimeline.of(setup, pace).deadline(block);
  }

  @Override
  public boolean keepsTime() {
    return true;
  }
}
