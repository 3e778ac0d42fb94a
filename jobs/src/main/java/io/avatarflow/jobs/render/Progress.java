package io.avatarflow.jobs.render;

import java.io.PrintStream;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Shows how far a render is: a bar with frames per second and time left on a terminal, a plain line
 * every few seconds elsewhere.
 */
public interface Progress extends AutoCloseable {
  /** Says what happens before frames come. */
  void phase(String text);

  /** Frames done so far, of how many (0 while unknown). */
  void frames(long done, long total);

  @Override
  void close();

  /**
   * The kind that fits: a bar if stderr is a terminal, lines otherwise. Closing it leaves stderr
   * open.
   */
  static Progress toStderr(boolean terminal) {
    return terminal ? new Bar(System.err) : new Lines(System.err);
  }

  /** A bar that is redrawn in place. */
  final class Bar implements Progress {
    private final ProgressBar bar;

    Bar(PrintStream err) {
      bar =
          new ProgressBarBuilder()
              .setTaskName("render")
              .setUnit(" frames", 1)
              .setInitialMax(0)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(200)
              .setConsumer(new ConsoleProgressBarConsumer(err))
              .showSpeed()
              .build();
    }

    @Override
    public void phase(String text) {
      bar.setExtraMessage(text);
    }

    @Override
    public void frames(long done, long total) {
      bar.setExtraMessage("");
      bar.maxHint(Math.max(done, total));
      bar.stepTo(done);
    }

    @Override
    public void close() {
      bar.close();
    }
  }

  /** One line every few seconds. */
  final class Lines implements Progress {
    private static final long INTERVAL_NANOS = Duration.ofSeconds(2).toNanos();

    private final PrintStream err;
    private long firstFrameNanos;
    private long lastLineNanos;
    private long lastDone = -1;

    Lines(PrintStream err) {
      this.err = err;
    }

    @Override
    public void phase(String text) {
      err.println(text);
    }

    @Override
    public void frames(long done, long total) {
      long now = System.nanoTime();
      if (firstFrameNanos == 0) {
        firstFrameNanos = now;
      }
      boolean finished = done == total && done != lastDone;
      if (finished || now - lastLineNanos > INTERVAL_NANOS) {
        lastLineNanos = now;
        lastDone = done;
        err.println(line(done, total, (now - firstFrameNanos) / 1e9));
      }
    }

    private static String line(long done, long total, double seconds) {
      if (total <= 0 || seconds <= 0) {
        return "%d frames".formatted(done);
      }
      double rate = done / seconds;
      return "%d of %d frames, %.1f frames/s, %.0f s left"
          .formatted(done, total, rate, (total - done) / rate);
    }

    @Override
    public void close() {
      err.flush();
    }
  }
}
