package io.avatarflow.operators.host;

import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;
import org.apache.flink.metrics.HistogramStatistics;

/**
 * A histogram of the last 10 to 20 seconds that keeps every value to two digits, its tail included.
 *
 * <p>One thread updates, reporters read; both take the lock, which is free but for the reads.
 */
final class WindowedHistogram implements org.apache.flink.metrics.Histogram {
  private static final long WINDOW_NANOS = 10_000_000_000L;
  private static final long HIGHEST = 3_600_000_000L;
  private static final int DIGITS = 2;

  private final LongSupplier nanoClock;
  private Histogram current = new Histogram(HIGHEST, DIGITS);
  private Histogram previous = new Histogram(HIGHEST, DIGITS);
  private long windowStart;
  private long count;

  WindowedHistogram(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    this.windowStart = nanoClock.getAsLong();
  }

  @Override
  public synchronized void update(long value) {
    rotate();
    current.recordValue(Math.max(0, Math.min(value, HIGHEST)));
    count++;
  }

  @Override
  public synchronized long getCount() {
    return count;
  }

  @Override
  public synchronized HistogramStatistics getStatistics() {
    rotate();
    Histogram merged = current.copy();
    merged.add(previous);
    return new Statistics(merged);
  }

  private void rotate() {
    long age = nanoClock.getAsLong() - windowStart;
    if (age < WINDOW_NANOS) {
      return;
    }
    Histogram old = previous;
    previous = current;
    current = old;
    current.reset();
    if (age >= 2 * WINDOW_NANOS) {
      previous.reset();
    }
    windowStart += age;
  }

  private static final class Statistics extends HistogramStatistics {
    private final Histogram values;

    private Statistics(Histogram values) {
      this.values = values;
    }

    @Override
    public double getQuantile(double quantile) {
      return values.getValueAtPercentile(quantile * 100);
    }

    /** One value of each bucket that is in use; all values would be millions. */
    @Override
    public long[] getValues() {
      long[] buckets = new long[size()];
      int i = 0;
      for (var bucket : values.recordedValues()) {
        buckets[i++] = bucket.getValueIteratedTo();
      }
      return buckets;
    }

    @Override
    public int size() {
      int buckets = 0;
      for (var unused : values.recordedValues()) {
        buckets++;
      }
      return buckets;
    }

    @Override
    public double getMean() {
      return values.getMean();
    }

    @Override
    public double getStdDev() {
      return values.getStdDeviation();
    }

    @Override
    public long getMax() {
      return values.getMaxValue();
    }

    @Override
    public long getMin() {
      return values.getTotalCount() == 0 ? 0 : values.getMinValue();
    }
  }
}
