package io.avatarflow.jobs.bench;

import io.avatarflow.jobs.client.SessionWriter;
import io.avatarflow.jobs.local.EmbeddedFlink.Checkpoint;
import io.avatarflow.jobs.local.EmbeddedStack;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.schemas.Topics;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * An embedded stack that loads of a soak are played on, one behind the other. Does not own the
 * stack. Not thread-safe.
 */
final class SoakScene {
  private static final Duration LEAD_IN = Duration.ofMillis(100);

  /** How long the last closes, or a checkpoint, may take. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** The first completed checkpoint behind a moment may have begun before it, the next has not. */
  private static final int CHECKPOINTS = 2;

  private final EmbeddedStack stack;
  private final BenchSessions sessions;
  private final LiveClock clock;

  SoakScene(ModelPack pack, EmbeddedStack stack) throws IOException {
    this.stack = stack;
    this.sessions = new BenchSessions(pack, BundledSpeech.load());
    this.clock = LiveClock.of(pack.manifest());
  }

  /**
   * What came of a load.
   *
   * @param samples in their order
   * @param seen by the viewer
   * @param rejected input records that the engine refused
   * @param unfinished sessions that were announced and never ended
   * @param feederLateMillis by how much the speakers were late at worst
   */
  record Played(
      List<SoakSample> samples,
      SoakViewer.Seen seen,
      long rejected,
      int unfinished,
      double feederLateMillis) {}

  /**
   * Plays a load to its end.
   *
   * @param run distinguishes its sessions from those of other loads
   * @param sink takes every sample
   */
  Played play(SoakLoad load, String run, SoakBench.SampleSink sink)
      throws IOException, InterruptedException {
    SessionWriter writer =
        new SessionWriter(
            stack.bootstrap(),
            Topics.DEFAULT.input(),
            RecordedLoad.MAX_PARALLELISM,
            LoadClients.GATHERING.producer());
    try (SoakObserver observer = new SoakObserver(stack.bootstrap(), clock);
        RejectCount rejects = new RejectCount(stack.bootstrap())) {
      long start = System.nanoTime() + LEAD_IN.toNanos();
      SoakCast cast = new SoakCast(sessions, load, run, start, observer::expect);
      try (LiveLoad speakers = LiveLoad.start(writer, cast.first(), cast::follow)) {
        List<SoakSample> samples = new ArrayList<>();
        long every = load.sampleEvery().toNanos();
        for (long at = every; at <= load.length().toNanos(); at += every) {
          TimeUnit.NANOSECONDS.sleep(start + at - System.nanoTime());
          speakers.check();
          stack.check();
          Map<SoakGauge, Double> gauges = gauges(load.isDue(load.collectEvery(), at));
          SoakSample sample = new SoakSample(at / 1e9, observer.seen(), rejects.count(), gauges);
          samples.add(sample);
          sink.add(sample);
        }
        speakers.await();
        int unfinished = observer.awaitCloses(PATIENCE);
        stack.check();
        return new Played(
            samples, observer.seen(), rejects.count(), unfinished, speakers.latestMillis());
      }
    }
  }

  private Map<SoakGauge, Double> gauges(boolean collect) throws IOException {
    Map<SoakGauge, Double> gauges = ProcessGauges.read(collect);
    stack
        .lastCheckpoint()
        .ifPresent(last -> gauges.put(SoakGauge.STATE, last.stateBytes() / 1024.0));
    return gauges;
  }

  /** What is there while no session is. */
  SoakLeftovers leftovers() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Optional<Checkpoint> last = stack.lastCheckpoint();
    long from = last.map(Checkpoint::id).orElse(0L);
    while (last.map(Checkpoint::id).orElse(0L) < from + CHECKPOINTS) {
      stack.check();
      if (System.nanoTime() > deadline) {
        throw new IOException(
            "The job completed no checkpoint within %d s.".formatted(PATIENCE.toSeconds()));
      }
      TimeUnit.MILLISECONDS.sleep(50);
      last = stack.lastCheckpoint();
    }
    return new SoakLeftovers(LiveObjects.count(), last.orElseThrow().stateBytes());
  }
}
