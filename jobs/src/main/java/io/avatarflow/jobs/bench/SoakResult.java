package io.avatarflow.jobs.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a soak came to: its figures, and what is wrong with it.
 *
 * @param seen by the viewer
 * @param rejected input records that the engine refused
 * @param unfinished sessions that were announced and never ended
 * @param feederLateMillis by how much the speakers were late at worst
 * @param growths of the gauges
 * @param before what was there before the first session
 * @param after what was there behind the last
 */
public record SoakResult(
    SoakLoad load,
    SoakViewer.Seen seen,
    long rejected,
    int unfinished,
    double feederLateMillis,
    List<SoakGrowth> growths,
    SoakLeftovers before,
    SoakLeftovers after) {
  public SoakResult {
    growths = List.copyOf(growths);
  }

  /** The figures. */
  public List<BenchResult.Line> lines() {
    Measurements figures = new Measurements();
    figures.add("soak.minutes", "min", load.length().toMillis() / 60e3);
    figures.add("soak.sessions", "sessions", load.sessions());
    figures.add("soak.opened", "sessions", (double) seen.opened());
    figures.add("soak.frames", "frames", (double) seen.frames());
    figures.add("soak.last_block", "block", (double) seen.lastBlock());
    figures.add("soak.lost", "frames", (double) (seen.lost() + unfinished));
    figures.add("soak.duplicated", "frames", (double) seen.duplicated());
    figures.add("soak.rejected", "records", (double) rejected);
    figures.add("soak.drift_samples", "samples", (double) seen.driftSamples());
    figures.add("soak.on_time", "share", seen.onTime());
    figures.add("soak.feeder_late_ms", "ms", feederLateMillis);
    List<BenchResult.Line> lines = new ArrayList<>(figures.lines());
    growths.forEach(growth -> lines.addAll(growth.lines()));
    Measurements left = new Measurements();
    left.add("soak.left_state_bytes", "bytes", (double) after.stateSince(before));
    after
        .mostSince(before)
        .ifPresent(kind -> left.add("soak.left_objects", "count", (double) kind.count()));
    lines.addAll(left.lines());
    return lines;
  }

  /** One sentence with everything that a soak must not show; empty when all is well. */
  public Optional<String> fault() {
    List<String> faults = new ArrayList<>();
    note(faults, seen.lost(), "%d frames were lost");
    note(faults, seen.duplicated(), "%d frames were on the topic again");
    note(faults, rejected, "%d input records were refused");
    note(faults, unfinished, "%d sessions never ended");
    note(faults, seen.broken(), "%d sessions were ended by the engine");
    note(faults, seen.driftSamples(), "sound and pictures are %d samples apart");
    after.stateFault(before, seen.closed()).ifPresent(faults::add);
    if (load.judgesGrowth()) {
      after.objectFault(before, seen.closed()).ifPresent(faults::add);
      growths.forEach(growth -> growth.fault().ifPresent(faults::add));
    }
    return faults.isEmpty()
        ? Optional.empty()
        : Optional.of("The soak found faults: " + String.join("; ", faults) + ".");
  }

  private static void note(List<String> faults, long count, String words) {
    if (count != 0) {
      faults.add(words.formatted(count));
    }
  }
}
