package io.avatarflow.jobs.bench;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * What every benchmark writes, so that a figure can be found again by a script.
 *
 * @param name of the benchmark
 * @param machine what it ran on
 * @param versions of what was measured
 * @param results one line a measure
 */
public record BenchResult(String name, String machine, String versions, List<Line> results) {
  public BenchResult {
    results = List.copyOf(results);
  }

  /**
   * One measure.
   *
   * @param measure dotted id
   * @param value median of the runs
   * @param unit of the values
   * @param min smallest of the runs
   * @param max largest of the runs
   * @param runs how many there were
   */
  public record Line(String measure, double value, String unit, double min, double max, int runs) {
    /** The median and spread of some runs, at least one. */
    public static Line of(String measure, String unit, List<Double> values) {
      List<Double> sorted = values.stream().sorted().toList();
      int n = sorted.size();
      double median = (sorted.get((n - 1) / 2) + sorted.get(n / 2)) / 2;
      return new Line(measure, median, unit, sorted.get(0), sorted.get(n - 1), n);
    }
  }

  /** This machine in a few words. */
  @JsonIgnore
  public static String thisMachine() {
    return "%d cores, %s %s, Java %s"
        .formatted(
            Runtime.getRuntime().availableProcessors(),
            System.getProperty("os.name"),
            System.getProperty("os.arch"),
            System.getProperty("java.version"));
  }

  /** Prints a table; what nothing was measured of says so, and is NaN in JSON. */
  public void print(PrintStream out) {
    out.printf("%s on %s, %s%n", name, machine, versions);
    out.printf(
        "%-34s %10s %10s %10s  %-8s %s%n", "measure", "median", "min", "max", "unit", "runs");
    for (Line line : results) {
      out.printf(
          Locale.ROOT,
          "%-34s %10s %10s %10s  %-8s %d%n",
          line.measure,
          text(line.value),
          text(line.min),
          text(line.max),
          line.unit,
          line.runs);
    }
  }

  private static String text(double value) {
    return Double.isNaN(value) ? "nothing" : String.format(Locale.ROOT, "%.2f", value);
  }

  /** Writes it as JSON. */
  public void write(Path file) throws IOException {
    // The figures of an hour are not lost for want of a folder.
    Files.createDirectories(file.toAbsolutePath().getParent());
    new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), this);
  }
}
