package io.avatarflow.operators.modelled;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.IntToDoubleFunction;

/** How long a device takes for a batch, by its rows. Immutable. */
public final class LatencyCurve {
  private final IntToDoubleFunction millis;
  private final String description;

  private LatencyCurve(IntToDoubleFunction millis, String description) {
    this.millis = millis;
    this.description = description;
  }

  /** A device that shares a fixed part among the rows: {@code fixed + perRow x rows}. */
  public static LatencyCurve affine(double fixedMillis, double perRowMillis) {
    requireTime("fixed part", fixedMillis, 0);
    requireTime("time of a row", perRowMillis, 0);
    requireTime("time of a batch of 1", fixedMillis + perRowMillis, Double.MIN_VALUE);
    return new LatencyCurve(
        rows -> fixedMillis + perRowMillis * rows,
        "%s + %s b ms".formatted(fixedMillis, perRowMillis));
  }

  /** A device that computes one row after another: batches gain nothing. */
  public static LatencyCurve flat(double perRowMillis) {
    return affine(0, perRowMillis);
  }

  /**
   * A device that was measured at some batch sizes; between them, and behind the last two, times
   * lie on straight lines.
   *
   * @param millisByRows times of batches in milliseconds, one at least
   */
  public static LatencyCurve measured(Map<Integer, Double> millisByRows) {
    if (millisByRows.isEmpty()) {
      throw new IllegalArgumentException(
          "A latency table has 0 entries; give the time of a batch of 1 at least.");
    }
    NavigableMap<Integer, Double> table = new TreeMap<>(millisByRows);
    table.forEach(
        (rows, time) -> {
          if (rows < 1) {
            throw new IllegalArgumentException(
                "A latency table has a batch of %d rows; batches have 1 or more.".formatted(rows));
          }
          requireTime("time of a batch of " + rows, time, Double.MIN_VALUE);
        });
    return new LatencyCurve(rows -> interpolate(table, rows), "measured " + table);
  }

  private static double interpolate(NavigableMap<Integer, Double> table, int rows) {
    var low = table.floorEntry(rows);
    var high = table.ceilingEntry(rows);
    if (low != null && high != null && low.getKey().equals(high.getKey())) {
      return low.getValue();
    }
    if (low == null) {
      // Smaller than what was measured: nothing is known but that it takes no longer.
      return high.getValue();
    }
    if (high == null) {
      high = low;
      low = table.lowerEntry(high.getKey());
      if (low == null) {
        return high.getValue() * rows / high.getKey();
      }
    }
    double slope = (high.getValue() - low.getValue()) / (high.getKey() - low.getKey());
    return Math.max(low.getValue() + slope * (rows - low.getKey()), high.getValue() / 1e3);
  }

  private static void requireTime(String what, double millis, double least) {
    if (!(millis >= least) || millis > 1e6) {
      throw new IllegalArgumentException(
          "The %s of a latency curve is %s ms; give more than 0 and at most 1000000."
              .formatted(what, millis));
    }
  }

  /** Time of a batch in milliseconds. */
  public double millis(int rows) {
    return millis.applyAsDouble(rows);
  }

  @Override
  public String toString() {
    return description;
  }
}
