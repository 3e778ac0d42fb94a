package io.avatarflow.jobs.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The values that runs of a benchmark gave, by measure, in the order of their first mention. */
final class Measurements {
  private record Series(String unit, List<Double> values) {}

  private final Map<String, Series> all = new LinkedHashMap<>();

  /** Adds the value of one run. */
  void add(String measure, String unit, double value) {
    all.computeIfAbsent(measure, m -> new Series(unit, new ArrayList<>())).values().add(value);
  }

  /** Median and spread of each measure. */
  List<BenchResult.Line> lines() {
    List<BenchResult.Line> lines = new ArrayList<>();
    all.forEach(
        (measure, series) ->
            lines.add(BenchResult.Line.of(measure, series.unit(), series.values())));
    return lines;
  }
}
