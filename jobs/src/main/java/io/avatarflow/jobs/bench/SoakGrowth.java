package io.avatarflow.jobs.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a gauge read early in a soak, once all has settled, and late.
 *
 * <p>Early is from a sixth to a third of the load, late is its last sixth. Growth is that of the
 * medians: a sample may fall on anything.
 *
 * @param early values, at least one
 * @param late values, at least one
 */
record SoakGrowth(SoakGauge gauge, List<Double> early, List<Double> late) {
  SoakGrowth {
    early = List.copyOf(early);
    late = List.copyOf(late);
  }

  /** The growth of each gauge that was read in both windows. */
  static List<SoakGrowth> of(List<SoakSample> samples, Duration length) {
    List<SoakGrowth> all = new ArrayList<>();
    for (SoakGauge gauge : SoakGauge.values()) {
      List<Double> early = values(gauge, samples, length, 1 / 6.0, 1 / 3.0);
      List<Double> late = values(gauge, samples, length, 5 / 6.0, 1);
      if (!early.isEmpty() && !late.isEmpty()) {
        all.add(new SoakGrowth(gauge, early, late));
      }
    }
    return all;
  }

  private static List<Double> values(
      SoakGauge gauge, List<SoakSample> samples, Duration length, double from, double to) {
    double seconds = length.toMillis() / 1000.0;
    return samples.stream()
        .filter(s -> s.seconds() >= from * seconds && s.seconds() <= to * seconds)
        .flatMapToDouble(s -> s.value(gauge).stream())
        .boxed()
        .toList();
  }

  /** By how much the median grew; negative when it fell. */
  double growth() {
    return line("late", late).value() - line("early", early).value();
  }

  /** The windows and the growth, as figures. */
  List<BenchResult.Line> lines() {
    return List.of(line("early", early), line("late", late), line("growth", List.of(growth())));
  }

  private BenchResult.Line line(String what, List<Double> values) {
    return BenchResult.Line.of("soak." + gauge.id(what), gauge.unit(), values);
  }

  /** Half a sentence about a growth above the gauge's bound. */
  Optional<String> fault() {
    return growth() <= gauge.mostGrowth()
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "%s grew by %.1f %s, above %.0f",
                gauge.label(),
                growth(),
                gauge.unit(),
                gauge.mostGrowth()));
  }
}
