package io.avatarflow.jobs.bench;

import java.io.IOException;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Plays rounds that are not counted until the compilers of the Java machine are nearly idle.
 *
 * <p>A broker, Flink and the engine in one new process keep them busy for minutes, and on two cores
 * whoever measures earlier measures them. A number of rounds bounds it. One thread.
 */
final class WarmUp {
  /** Share of one core's time below which compiling counts as nearly over. */
  private static final double QUIET = 0.15;

  private final int fewest;
  private final int most;
  private final LongSupplier compiledMillis;
  private final LongSupplier nanos;

  /**
   * @param fewest rounds, 1 or more
   * @param most rounds, as many or more
   */
  WarmUp(int fewest, int most) {
    this(fewest, most, WarmUp::compiledMillis, System::nanoTime);
  }

  /**
   * @param compiledMillis time that compilers have worked so far
   * @param nanos the clock
   */
  WarmUp(int fewest, int most, LongSupplier compiledMillis, LongSupplier nanos) {
    this.fewest = fewest;
    this.most = most;
    this.compiledMillis = compiledMillis;
    this.nanos = nanos;
  }

  /**
   * The warm-up of a bench.
   *
   * @param warm false for runs that only show that a bench works: they get one round, without which
   *     the first sound would find an engine that still starts
   */
  static WarmUp of(boolean warm, int fewest, int most) {
    return warm ? new WarmUp(fewest, most) : new WarmUp(1, 1);
  }

  /** What is played again and again. */
  interface Round {
    void play() throws IOException, InterruptedException;
  }

  /**
   * Plays the rounds.
   *
   * @param told what is going on, a line a round
   */
  void play(String pack, Consumer<String> told, Round round)
      throws IOException, InterruptedException {
    double busy = 1;
    for (int played = 0; played < fewest || (played < most && busy > QUIET); played++) {
      told.accept("%s: warm-up".formatted(pack));
      long compiled = compiledMillis.getAsLong();
      long start = nanos.getAsLong();
      round.play();
      long elapsed = Math.max(1, nanos.getAsLong() - start);
      busy = (compiledMillis.getAsLong() - compiled) * 1e6 / elapsed;
    }
    if (most > fewest && busy > QUIET) {
      told.accept(
          "%s: the compilers still take %.0f %% of a core behind %d rounds of warm-up; figures will be worse for it"
              .formatted(pack, 100 * busy, most));
    }
  }

  /** A Java machine that keeps no such time counts as one that does not compile. */
  private static long compiledMillis() {
    CompilationMXBean compilers = ManagementFactory.getCompilationMXBean();
    return compilers != null && compilers.isCompilationTimeMonitoringSupported()
        ? compilers.getTotalCompilationTime()
        : 0;
  }
}
