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

  /** One that says nothing. */
  static Progress silent() {
    return new Silent();
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
    private long framesAtStart;
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
        lastLineNanos = now;
        framesAtStart = done;
      }
      if (done != lastDone && now - lastLineNanos > INTERVAL_NANOS) {
        lastLineNanos = now;
        lastDone = done;
        err.println(line(done, total, (now - firstFrameNanos) / 1e9));
      }
    }

    /** Only what is known: a rate needs time behind it, a rest needs a total. */
    private String line(long done, long total, double seconds) {
      double rate = (done - framesAtStart) / seconds;
      String line = "%d%s frames".formatted(done, total > 0 ? " of " + total : "");
      if (total > 0) {
        line = "%3d %%, %s".formatted(100 * done / Math.max(done, total), line);
      }
      if (rate > 0) {
        line += ", %.1f frames/s".formatted(rate);
      }
      return rate > 0 && total >= done
          ? line + ", %.0f s left".formatted((total - done) / rate)
          : line;
    }

    @Override
    public void close() {
      err.flush();
    }
  }

  /** Says nothing. */
  final class Silent implements Progress {
    @Override
    public void phase(String text) {}

    @Override
    public void frames(long done, long total) {}

    @Override
    public void close() {}
  }
}
