package io.avatarflow.operators.ingest;

import io.avatarflow.operators.pack.Ladder;
import io.avatarflow.operators.stage.DeviceLoad;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.schemas.IdlePolicy;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The quality ladder of a process: one level for all sessions of a device, moved by the slack of
 * their blocks.
 *
 * <p>Down by one rung when many blocks are finished with less slack than one threshold, or one that
 * waits has passed its deadline; up by one when nearly all had more than a higher threshold for the
 * recovery time. Between the thresholds the level stays, but for a try: four recovery times without
 * overload are a reason to step up as well, because a device whose seats are all taken never has
 * much time to spare and may still carry full quality. A step down soon after a step up doubles the
 * time that the next step up takes, so that a load between two rungs does not swing; a quiet while
 * takes that back. Rungs that repeat the picture are left after {@value #HOLD_MICROS} us without
 * overload, because nobody should look at a still for seconds.
 *
 * <p>A block that the idle policy fills rests at the rung in which no graph runs, but in the short
 * bursts of movement that {@link IdleRest} leaves.
 *
 * <p>When most of what waits is late, nothing more should be released: see {@link #isSwamped}.
 *
 * <p>Asked with the times of the blocks, so that it reads no clock. Safe for use by several
 * threads.
 */
public final class LoadLadder implements QualityLadder {
  private static final long LOOK_MICROS = 100_000;
  private static final long SETTLE_MICROS = 500_000;
  private static final long HOLD_MICROS = 500_000;
  private static final int MOST_BACKOFF = 16;
  private static final int TRY_AFTER_RECOVERIES = 4;
  private static final int FEWEST_BLOCKS = 6;
  private static final double MANY = 0.1;
  private static final double NEARLY_NONE = 0.01;
  private static final int MANY_LATE = 8;

  private final Ladder ladder;
  private final DeviceLoad load;
  private final LadderOptions options;
  private final IdleRest rest;
  private final long overloadSlack;
  private final long recoverySlack;
  private final long recoveryMicros;

  private final AtomicInteger level = new AtomicInteger();
  private long lookedMicros = Long.MIN_VALUE / 2;
  private long changedMicros = Long.MIN_VALUE / 2;
  private long raisedMicros = Long.MIN_VALUE / 2;
  private long calmSinceMicros = Long.MAX_VALUE;
  private long overloadedMicros = Long.MIN_VALUE / 2;
  private int backoff = 1;
  private volatile boolean swamped;

  /**
   * @param ladder the pack's rungs
   * @param load the device whose blocks it watches and announces
   * @param rest when a silent session rests
   */
  public LoadLadder(Ladder ladder, DeviceLoad load, LadderOptions options, IdleRest rest) {
    load.restart();
    this.rest = rest;
    this.ladder = ladder;
    this.load = load;
    this.options = options;
    this.overloadSlack = options.overloadSlack().toNanos() / 1000;
    this.recoverySlack = options.recoverySlack().toNanos() / 1000;
    this.recoveryMicros = options.recoveryTime().toNanos() / 1000;
  }

  /** The rung that the load asks for. */
  public int level() {
    return level.get();
  }

  @Override
  public int rung(Ask ask) {
    if (ask.deadlineMicros() == MediaBlock.NO_DEADLINE) {
      return 0;
    }
    look(ask.nowMicros());
    load.released(ask.sessionKey(), ask.deadlineMicros());
    return rests(ask) ? Math.max(level.get(), ladder.resting()) : level.get();
  }

  /**
   * A session whose parameters ask for another idle policy than movement is as still as it asked.
   */
  private boolean rests(Ask ask) {
    return ask.idle()
        && ladder.resting() > 0
        && rest.isDue(ask.silentMicros())
        && ask.parameters().idlePolicy().equals(IdlePolicy.ANIMATE.name());
  }

  @Override
  public boolean isSwamped(long nowMicros) {
    look(nowMicros);
    return swamped;
  }

  private synchronized void look(long now) {
    if (now - lookedMicros < LOOK_MICROS) {
      return;
    }
    lookedMicros = now;
    DeviceLoad.View tight = load.view(now, overloadSlack);
    swamped = tight.late() >= MANY_LATE && 2 * tight.late() > tight.waiting();
    if (options.enabled()) {
      adapt(now, tight);
    }
  }

  private void adapt(long now, DeviceLoad.View tight) {
    boolean overload =
        (tight.finished() >= FEWEST_BLOCKS && tight.shareBelow() > MANY)
            || tight.leastSlackMicros() < 0;
    boolean calm =
        load.view(now, recoverySlack).shareBelow() <= NEARLY_NONE
            && tight.leastSlackMicros() > overloadSlack;
    calmSinceMicros = calm ? Math.min(calmSinceMicros, now) : Long.MAX_VALUE;
    overloadedMicros = overload ? now : overloadedMicros;
    if (overload && level.get() < ladder.size() - 1 && now - changedMicros >= SETTLE_MICROS) {
      down(now);
    } else if (level.get() > 0 && mayRise(now, overload)) {
      up(now);
    } else if (level.get() == 0 && now - changedMicros > recoveryMicros * MOST_BACKOFF) {
      backoff = 1;
    }
  }

  private void down(long now) {
    if (now - raisedMicros < 2 * recoveryMicros) {
      backoff = Math.min(MOST_BACKOFF, 2 * backoff);
    }
    level.incrementAndGet();
    changedMicros = now;
    calmSinceMicros = Long.MAX_VALUE;
  }

  private boolean mayRise(long now, boolean overload) {
    if (ladder.repeats(level.get())) {
      return !overload && now - changedMicros >= HOLD_MICROS;
    }
    long recovery = recoveryMicros * backoff;
    return now - Math.max(overloadedMicros, changedMicros) >= TRY_AFTER_RECOVERIES * recovery
        || (calmSinceMicros != Long.MAX_VALUE
            && now - Math.max(calmSinceMicros, changedMicros) >= recovery);
  }

  private void up(long now) {
    if (!ladder.repeats(level.get())) {
      raisedMicros = now;
    }
    level.decrementAndGet();
    changedMicros = now;
    calmSinceMicros = Long.MAX_VALUE;
  }
}
