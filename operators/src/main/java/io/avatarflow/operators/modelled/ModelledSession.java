package io.avatarflow.operators.modelled;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;

/** A session of a modelled device: when its blocks come, and which of them wait at which stage. */
final class ModelledSession {
  private final String key;
  private final TrafficModel traffic;
  private final SplittableRandom random;
  private final List<Deque<ModelledStep>> waiting = new ArrayList<>();
  private final boolean[] busy;

  private final long period;
  private long endMicros;
  private long nextBlock;
  private long nominalMicros;
  private long releaseMicros;
  private boolean speaks;
  private long turnsMicros;
  private int inCare;

  ModelledSession(
      String key, TrafficModel traffic, int stages, long openMicros, SplittableRandom random) {
    this.key = key;
    this.traffic = traffic;
    this.random = random;
    this.busy = new boolean[stages];
    for (int i = 0; i < stages; i++) {
      waiting.add(new ArrayDeque<>());
    }
    this.period = micros(traffic.period());
    this.speaks = random.nextDouble() < traffic.speechShare();
    this.turnsMicros = openMicros + span();
    this.endMicros =
        traffic.sessionLength().isZero()
            ? Long.MAX_VALUE
            : openMicros + exponential(traffic.sessionLength());
    this.nominalMicros = openMicros + period;
    this.releaseMicros = nominalMicros + exponential(traffic.jitter());
  }

  static long micros(Duration duration) {
    return duration.toNanos() / 1000;
  }

  private long exponential(Duration mean) {
    return mean.isZero() ? 0 : (long) (-Math.log(1 - random.nextDouble()) * micros(mean));
  }

  /** How long the session goes on speaking, or being silent. */
  private long span() {
    double share = traffic.speechShare();
    if (share == 0 || share == 1) {
      return Long.MAX_VALUE / 4;
    }
    Duration mean =
        speaks
            ? traffic.talk()
            : Duration.ofNanos((long) (traffic.talk().toNanos() * (1 - share) / share));
    return Math.max(1, exponential(mean));
  }

  String key() {
    return key;
  }

  /** When the next block is released. */
  long releaseMicros() {
    return releaseMicros;
  }

  /** True when the session ends before its next block. */
  boolean isOver() {
    return nominalMicros > endMicros;
  }

  /** When a session that is over ended. */
  long endMicros() {
    return endMicros;
  }

  /** Releases the next block. */
  ModelledStep release() {
    while (turnsMicros <= nominalMicros) {
      speaks = !speaks;
      turnsMicros += span();
    }
    ModelledStep block =
        new ModelledStep(
            this, nextBlock++, speaks, releaseMicros, nominalMicros + micros(traffic.budget()));
    nominalMicros += period;
    releaseMicros = Math.max(releaseMicros, nominalMicros + exponential(traffic.jitter()));
    return block;
  }

  /** The blocks that wait for a stage. */
  Deque<ModelledStep> waiting(int stage) {
    return waiting.get(stage);
  }

  /** Blocks that were released and are not finished. */
  int inCare() {
    return inCare;
  }

  void inCare(int change) {
    inCare += change;
  }

  /** True while a block is in a stage. */
  boolean busy(int stage) {
    return busy[stage];
  }

  void busy(int stage, boolean value) {
    busy[stage] = value;
  }
}
