package io.avatarflow.jobs.bench;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * The samples of a soak as a table, a line a sample, written as they come, so that a run that fails
 * leaves what led to it. A gauge that was not read is empty.
 */
public final class SoakCsv implements AutoCloseable {
  private final BufferedWriter out;

  private SoakCsv(BufferedWriter out) {
    this.out = out;
  }

  /** Begins a table. */
  public static SoakCsv create(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    SoakCsv csv = new SoakCsv(Files.newBufferedWriter(file));
    List<String> header =
        new ArrayList<>(
            List.of(
                "seconds",
                "open",
                "opened",
                "frames",
                "lost",
                "duplicated",
                "rejected",
                "drift_samples",
                "on_time"));
    for (SoakGauge gauge : SoakGauge.values()) {
      header.add(gauge.id(""));
    }
    csv.line(header);
    return csv;
  }

  /** The table that belongs to a file of figures: in the same folder, by the same name. */
  public static Path beside(Path json) {
    String name = json.getFileName().toString().replaceFirst("\\.json$", "");
    return json.resolveSibling(name + ".csv");
  }

  /** Adds a sample. */
  public void add(SoakSample sample) throws IOException {
    SoakViewer.Seen seen = sample.seen();
    List<String> cells = new ArrayList<>();
    cells.add(String.format(Locale.ROOT, "%.1f", sample.seconds()));
    for (long count :
        new long[] {
          seen.open(),
          seen.opened(),
          seen.frames(),
          seen.lost(),
          seen.duplicated(),
          sample.rejected(),
          seen.driftSamples()
        }) {
      cells.add(Long.toString(count));
    }
    cells.add(String.format(Locale.ROOT, "%.5f", seen.onTime()));
    for (SoakGauge gauge : SoakGauge.values()) {
      OptionalDouble value = sample.value(gauge);
      cells.add(value.isEmpty() ? "" : String.format(Locale.ROOT, "%.3f", value.getAsDouble()));
    }
    line(cells);
  }

  private void line(List<String> cells) throws IOException {
    out.write(String.join(",", cells));
    out.newLine();
    out.flush();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
