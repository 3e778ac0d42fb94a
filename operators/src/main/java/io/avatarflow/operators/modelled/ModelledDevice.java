package io.avatarflow.operators.modelled;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;

/**
 * One device and its sessions under a virtual clock.
 *
 * <p>The device runs one batch at a time and is asked for the next when that is through, as one
 * device thread of the engine does. A session's blocks keep their order; one is in a stage at a
 * time. Equal arguments give equal runs.
 *
 * <p>For a forecast, {@link #run} is all that is needed: a profile, a traffic model, {@link
 * Disciplines#engine()}, and {@link ModelledRun#onTime()} of what comes back. One thread at a time.
 */
public final class ModelledDevice {
  private static final long HIGHEST_LATENCY_MICROS = Duration.ofHours(1).toNanos() / 1000;

  private final DeviceProfile profile;
  private final TrafficModel traffic;
  private final Discipline.Line line;
  private final SplittableRandom random;
  private final long[][] batchMicros;

  private final PriorityQueue<ModelledSession> sessions =
      new PriorityQueue<>(
          Comparator.comparingLong(ModelledSession::releaseMicros)
              .thenComparing(ModelledSession::key));

  private final List<ModelledStep> batch = new ArrayList<>();
  private final List<ModelledStep> unfinished = new ArrayList<>();
  private final Histogram latency = new Histogram(HIGHEST_LATENCY_MICROS, 3);
  private long now;
  private long doneAt = Long.MAX_VALUE;
  private int batchRows;
  private long batchTime;
  private long opened;
  private long blocks;
  private long late;
  private long skipped;
  private long busyMicros;
  private long batches;
  private long rows;
  private int inCare;
  private int peak;

  /**
   * @param seed of all that is random
   */
  public ModelledDevice(
      DeviceProfile profile, TrafficModel traffic, Discipline discipline, long seed) {
    this.profile = profile;
    this.traffic = traffic;
    this.line = discipline.line();
    this.random = new SplittableRandom(seed);
    this.batchMicros = new long[profile.stages().size()][];
    for (int i = 0; i < batchMicros.length; i++) {
      StageProfile stage = profile.stages().get(i);
      batchMicros[i] = new long[stage.maxRows() + 1];
      for (int b = 1; b <= stage.maxRows(); b++) {
        batchMicros[i][b] = Math.max(1, Math.round(stage.latency().millis(b) * 1000));
      }
    }
    long period = ModelledSession.micros(traffic.period());
    for (int i = 0; i < traffic.sessions(); i++) {
      open(random.nextLong(period));
    }
  }

  /** Runs a device for some virtual time. */
  public static ModelledRun run(
      DeviceProfile profile,
      TrafficModel traffic,
      Discipline discipline,
      long seed,
      Duration time) {
    ModelledDevice device = new ModelledDevice(profile, traffic, discipline, seed);
    device.advanceTo(time);
    return device.result();
  }

  private void open(long openMicros) {
    sessions.add(
        new ModelledSession(
            "modelled/" + opened++, traffic, profile.stages().size(), openMicros, random.split()));
  }

  /** Lets the device work until a moment of its virtual time. */
  public void advanceTo(Duration time) {
    long until = ModelledSession.micros(time);
    while (true) {
      long release = sessions.isEmpty() ? Long.MAX_VALUE : sessions.element().releaseMicros();
      boolean idle = batch.isEmpty();
      long next = Math.min(release, idle ? line.askAgainMicros() : doneAt);
      if (next > until) {
        now = until;
        return;
      }
      now = Math.max(now, next);
      if (!idle && doneAt <= now) {
        complete();
      }
      while (!sessions.isEmpty() && sessions.element().releaseMicros() <= now) {
        release();
      }
      if (batch.isEmpty()) {
        start();
      }
    }
  }

  private void release() {
    ModelledSession session = sessions.remove();
    if (session.isOver()) {
      open(session.endMicros());
      return;
    }
    ModelledStep block = session.release();
    sessions.add(session);
    if (session.inCare() >= traffic.maxBuffer()) {
      blocks++;
      late++;
      skipped++;
    } else {
      session.inCare(1);
      peak = Math.max(peak, ++inCare);
      arrive(block, 0);
    }
  }

  /** Takes a block to a stage, past those that have nothing to do for it. */
  private void arrive(ModelledStep block, int from) {
    for (int stage = from; stage < profile.stages().size(); stage++) {
      ModelledSession session = block.session();
      if (session.busy(stage) || !session.waiting(stage).isEmpty()) {
        session.waiting(stage).addLast(block);
        return;
      }
      if (begin(block, stage)) {
        return;
      }
    }
    finish(block);
  }

  /** Begins a stage; false if it has nothing to do for the block. */
  private boolean begin(ModelledStep block, int stage) {
    block.enter(stage, profile.stages().get(stage));
    if (block.leavesStage()) {
      return false;
    }
    block.session().busy(stage, true);
    line.enter(block, now);
    return true;
  }

  private void complete() {
    unfinished.clear();
    for (ModelledStep block : batch) {
      block.step();
      if (!block.leavesStage()) {
        unfinished.add(block);
      }
    }
    line.ran(batch, unfinished, batchRows, batchTime);
    for (ModelledStep block : batch) {
      if (block.leavesStage()) {
        leave(block);
      }
    }
    batch.clear();
  }

  private void leave(ModelledStep block) {
    ModelledSession session = block.session();
    int stage = block.stageIndex();
    session.busy(stage, false);
    arrive(block, stage + 1);
    while (!session.busy(stage) && !session.waiting(stage).isEmpty()) {
      ModelledStep following = session.waiting(stage).removeFirst();
      if (!begin(following, stage)) {
        arrive(following, stage + 1);
      }
    }
  }

  private void finish(ModelledStep block) {
    inCare--;
    block.session().inCare(-1);
    blocks++;
    if (now > block.deadlineMicros()) {
      late++;
    }
    latency.recordValue(Math.min(HIGHEST_LATENCY_MICROS, now - block.releasedMicros()));
  }

  private void start() {
    line.next(now, batch);
    if (batch.isEmpty()) {
      return;
    }
    batchRows = 0;
    for (ModelledStep step : batch) {
      batchRows += step.rows();
    }
    batchTime = batchMicros[batch.get(0).stageIndex()][batchRows];
    doneAt = now + batchTime;
    busyMicros += batchTime;
    batches++;
    rows += batchRows;
  }

  /** What came of the time so far. Blocks that are neither finished nor skipped do not count. */
  public ModelledRun result() {
    return new ModelledRun(
        blocks,
        late,
        skipped,
        now == 0 ? 0 : Math.min(1, (double) busyMicros / now),
        batches == 0 ? 0 : (double) rows / batches,
        peak,
        latency.getValueAtPercentile(50) / 1e3,
        latency.getValueAtPercentile(99) / 1e3);
  }
}
