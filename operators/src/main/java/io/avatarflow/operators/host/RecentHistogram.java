package io.avatarflow.operators.host;

import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;
import org.apache.flink.metrics.HistogramStatistics;

/**
 * The distribution of the values of the last 20 to 30 seconds, all of them, to two digits.
 *
 * <p>No value is sampled away, so the tail is the tail: a quantile is at most 1 % above a value
 * that occurred. The span is a ring of slices of 10 s, of which the oldest is dropped whole; it
 * follows the clock, not the traffic, so that an old burst does not linger in a quiet hour, and two
 * scrapes 15 s apart miss nothing. {@link #getCount} counts since the start.
 *
 * <p>One thread updates, reporters read; both take the lock, which is free but for the reads.
 */
final class RecentHistogram implements org.apache.flink.metrics.Histogram {
  private static final long SLICE_NANOS = 10_000_000_000L;
  private static final int SLICES = 3;
  private static final long HIGHEST = 3_600_000_000L;
  private static final int DIGITS = 2;

  private final LongSupplier nanoClock;
  private final long startNanos;
  private final Histogram[] slices = new Histogram[SLICES];
  private long newest;
  private long count;

  /** An empty histogram; the clock counts nanoseconds from anywhere. */
  RecentHistogram(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    this.startNanos = nanoClock.getAsLong();
    for (int i = 0; i < SLICES; i++) {
      // Grows with the values: most stages never see an hour.
      slices[i] = new Histogram(DIGITS);
      slices[i].setAutoResize(true);
    }
  }

  @Override
  public synchronized void update(long value) {
    rotate();
    slices[slot(newest)].recordValue(Math.max(0, Math.min(value, HIGHEST)));
    count++;
  }

  @Override
  public synchronized long getCount() {
    return count;
  }

  @Override
  public synchronized HistogramStatistics getStatistics() {
    rotate();
    Histogram merged = new Histogram(DIGITS);
    merged.setAutoResize(true);
    for (Histogram slice : slices) {
      merged.add(slice);
    }
    return new Statistics(merged);
  }

  private void rotate() {
    long now = (nanoClock.getAsLong() - startNanos) / SLICE_NANOS;
    for (long slice = Math.max(newest + 1, now - SLICES + 1); slice <= now; slice++) {
      slices[slot(slice)].reset();
    }
    newest = Math.max(newest, now);
  }

  private static int slot(long slice) {
    return (int) (slice % SLICES);
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
