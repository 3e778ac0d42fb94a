package io.avatarflow.jobs.replay;

import io.avatarflow.jobs.bench.BenchResult;
import io.avatarflow.schemas.SessionKey;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Whether a replay made the recorded pictures.
 *
 * @param sessions what was found for each session
 */
public record ReplayVerification(List<StreamComparison.Result> sessions) {
  /** Compares two recordings of the same sessions. */
  public static ReplayVerification of(RecordingFolder recorded, RecordingFolder replayed)
      throws IOException {
    List<StreamComparison.Result> results = new ArrayList<>();
    for (SessionKey key : recorded.sessions()) {
      if (!recorded.output(key).exists()) {
        throw new IOException(
            "Recording %s has no output of session %s to compare with; record it with the frames topic."
                .formatted(recorded.root(), key));
      }
      results.add(StreamComparison.compare(key, recorded.output(key), replayed.output(key)));
    }
    return new ReplayVerification(List.copyOf(results));
  }

  /** True when every picture is equal. */
  public boolean isEqual() {
    return sessions.stream().allMatch(StreamComparison.Result::isEqual);
  }

  /** Pictures that are not the same, or that only one of the two recordings has. */
  public long mismatches() {
    return sessions.stream()
        .mapToLong(session -> session.different() + session.missing() + session.extra())
        .sum();
  }

  /** A sentence for each session that differs. */
  public List<String> differences() {
    List<String> sentences = new ArrayList<>();
    for (StreamComparison.Result session : sessions) {
      session
          .first()
          .ifPresent(
              first ->
                  sentences.add(
                      "%s: %d of %d frames differ, %d are missing, %d are extra; the first is frame %d, made otherwise by %s."
                          .formatted(
                              session.key(),
                              session.different(),
                              session.frames(),
                              session.missing(),
                              session.extra(),
                              first.index(),
                              first.operator())));
    }
    return sentences;
  }

  /** Prints a line for each session that differs, and one for all. */
  public void print(PrintStream out) {
    differences().forEach(out::println);
    out.printf(Locale.ROOT, "%.2f %% of the recorded pictures are equal.%n", equalPercent());
  }

  /** Share of the recorded pictures that are equal, percent; 0 of none. */
  public double equalPercent() {
    long frames = sessions.stream().mapToLong(StreamComparison.Result::frames).sum();
    long equal = sessions.stream().mapToLong(StreamComparison.Result::equal).sum();
    return frames == 0 ? 0 : 100.0 * equal / frames;
  }

  /** The figures of a replay under the ids that the documentation gives. */
  public static BenchResult figures(
      ReplayToFolder.Summary summary,
      Optional<ReplayVerification> verification,
      boolean asLived,
      String versions) {
    List<BenchResult.Line> lines = new ArrayList<>();
    lines.add(line("replay.sessions", "sessions", summary.sessions()));
    lines.add(line("replay.frames", "frames", (double) summary.videoFrames()));
    lines.add(line("replay.rejects", "records", (double) summary.rejects()));
    lines.add(line("replay.wall_seconds", "s", summary.wallSeconds()));
    verification.ifPresent(
        v ->
            lines.add(
                line(
                    asLived ? "replay.as_lived_equal" : "replay.ideal_equal",
                    "percent",
                    v.equalPercent())));
    return new BenchResult("replay", BenchResult.thisMachine(), versions, lines);
  }

  private static BenchResult.Line line(String measure, String unit, double value) {
    return BenchResult.Line.of(measure, unit, List.of(value));
  }
}
