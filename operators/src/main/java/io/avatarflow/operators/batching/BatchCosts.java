package io.avatarflow.operators.batching;

import java.util.HashMap;
import java.util.Map;

/**
 * What batches of each kind cost, learnt from those that ran, and how large they are worth being.
 *
 * <p>The time of a batch is taken for {@code fixed + rows x perRow}, fitted by least squares over
 * the recent past. Sharing the fixed part is all that a batch gains, while every row that joins
 * delays the rows before it; so a batch is filled until more rows would save less than one part in
 * {@value #WORTH} of a row's time. A device that computes all rows at once thus gets batches as
 * large as they come, and one that computes them one after another, as a processor does with
 * convolutions, gets small ones that finish early.
 *
 * <p>One thread at a time.
 */
public final class BatchCosts implements BatchLimit {
  private static final int WORTH = 20;

  /** Steps below are over before it matters with whom they ran. */
  private static final double LEAST_ROW_MICROS = 100;

  /** One batch in so many is as large as it can be: a device that has changed is noticed. */
  private static final int EXPLORE = 64;

  private final Map<Object, Fit> fits = new HashMap<>();

  @Override
  public int rows(Object batchKey, int maxRows) {
    Fit fit = fits.get(batchKey);
    return fit == null ? maxRows : fit.worthWhile(maxRows);
  }

  /** What a batch is expected to take, microseconds; NaN if none of its kind ran yet. */
  public double expectedMicros(Object batchKey, int rows) {
    Fit fit = fits.get(batchKey);
    return fit == null ? Double.NaN : fit.expected(rows);
  }

  /** Learns from a batch that ran. */
  public void ran(Object batchKey, int rows, double micros) {
    fits.computeIfAbsent(batchKey, key -> new Fit()).add(rows, micros);
  }

  /** Weighted sums of a straight line; older batches weigh less. */
  private static final class Fit {
    private static final double FORGETTING = 0.99;
    private static final double LEAST_VARIANCE = 0.05;
    private static final double OUTLIER = 3;

    private double weight;
    private double n;
    private double nn;
    private double t;
    private double nt;
    private double fixed;
    private double perRow;
    private boolean known;
    private long batches;

    private void add(int rows, double micros) {
      // A pause of the process must not pass for the price of a batch of that size.
      double time = known ? Math.min(micros, OUTLIER * (fixed + rows * perRow)) : micros;
      weight = weight * FORGETTING + 1;
      n = n * FORGETTING + rows;
      nn = nn * FORGETTING + (double) rows * rows;
      t = t * FORGETTING + time;
      nt = nt * FORGETTING + rows * time;
      double variance = nn / weight - (n / weight) * (n / weight);
      if (variance > LEAST_VARIANCE) {
        double slope = (nt / weight - (n / weight) * (t / weight)) / variance;
        perRow = Math.max(0, slope);
        fixed = Math.max(0, t / weight - perRow * n / weight);
        known = true;
      }
    }

    private double expected(int rows) {
      return known ? fixed + rows * perRow : t / weight * Math.max(1, rows * weight / n);
    }

    private int worthWhile(int maxRows) {
      batches++;
      if (!known || perRow < LEAST_ROW_MICROS || batches % EXPLORE == 0) {
        return maxRows;
      }
      double rows = Math.ceil(WORTH * fixed / perRow);
      return (int) Math.max(1, Math.min(maxRows, rows));
    }
  }
}
