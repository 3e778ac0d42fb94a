package io.avatarflow.jobs.bench;

import io.avatarflow.jobs.client.SessionWriter;
import io.avatarflow.jobs.local.EmbeddedStack;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.schemas.Topics;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An embedded stack under live load: speakers before it, an observer behind it, all in this process
 * and on its cores.
 *
 * <p>Not thread-safe.
 */
final class LiveStack implements AutoCloseable {
  /** Before the first open, so that all threads stand ready. */
  private static final Duration LEAD_IN = Duration.ofMillis(100);

  /** After a window's end, so that what is due in it has come or is late. */
  private static final Duration TAIL = Duration.ofMillis(700);

  private final EmbeddedStack stack;
  private final BenchSessions sessions;
  private final LiveClock clock;
  private final LoadClients clients;
  private int runs;

  private LiveStack(
      EmbeddedStack stack, BenchSessions sessions, LiveClock clock, LoadClients clients) {
    this.stack = stack;
    this.sessions = sessions;
    this.clock = clock;
    this.clients = clients;
  }

  /** Starts a stack that paces by the clock. */
  static LiveStack start(
      ModelPack pack, String packName, List<String> jobOptions, LoadClients clients)
      throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of("--pack", packName, "--pacing", "realtime", "--start-from", "earliest"));
    arguments.addAll(jobOptions);
    BenchSessions sessions = new BenchSessions(pack, BundledSpeech.load());
    return new LiveStack(
        EmbeddedStack.start(0, 1, arguments), sessions, LiveClock.of(pack.manifest()), clients);
  }

  /** {@code host:port} of the broker. */
  String bootstrap() {
    return stack.bootstrap();
  }

  /**
   * Some sessions of a run.
   *
   * @param prefix of their names
   * @param count how many
   * @param habits how they speak
   * @param after when the first opens
   * @param apart how much later the next one opens
   * @param life how long each is open; zero for as long as the run lasts
   */
  record Group(
      String prefix,
      int count,
      LiveSpeaker.Habits habits,
      Duration after,
      Duration apart,
      Duration life) {
    /** Sessions that open one by one within a time and stay. */
    static Group of(String prefix, int count, LiveSpeaker.Habits habits, Duration within) {
      return new Group(
          prefix, count, habits, Duration.ZERO, within.dividedBy(count), Duration.ZERO);
    }
  }

  /**
   * What was seen of a run.
   *
   * @param sessions by key
   * @param fromMicros when the window began
   * @param toMicros when it ended
   * @param latestMillis by how much the speakers themselves were late at worst
   * @param inputBytes of all values on the input topic
   * @param outputBytes of all values on the frames topic
   */
  record Seen(
      LiveClock clock,
      String run,
      Map<String, LiveSession> sessions,
      long fromMicros,
      long toMicros,
      double latestMillis,
      long inputBytes,
      long outputBytes) {
    /** Figures of the sessions whose names begin so. */
    LiveFigures figures(String prefix) {
      return new LiveFigures(
          clock, LiveFigures.withPrefix(sessions, run + prefix), fromMicros, toMicros);
    }
  }

  /**
   * Plays groups of speakers and looks at a window of it.
   *
   * @param before from the start to the window
   * @param window how long it is
   */
  Seen play(List<Group> groups, Duration before, Duration window)
      throws IOException, InterruptedException {
    String run = "r" + runs++ + "-";
    long start = System.nanoTime() + LEAD_IN.toNanos();
    long end = start + before.plus(window).plus(TAIL).toNanos();
    List<LiveSpeaker> speakers = new ArrayList<>();
    for (Group group : groups) {
      for (int i = 0; i < group.count(); i++) {
        long opens = start + group.after().plus(group.apart().multipliedBy(i)).toNanos();
        long closes = group.life().isZero() ? end : Math.min(end, opens + group.life().toNanos());
        speakers.add(
            new LiveSpeaker(
                speakers.size(),
                BenchSessions.key(run + group.prefix(), i),
                sessions,
                group.habits(),
                opens,
                closes));
      }
    }
    long from = nowMicros() + LEAD_IN.plus(before).toNanos() / 1000;
    SessionWriter writer =
        new SessionWriter(
            stack.bootstrap(),
            Topics.DEFAULT.input(),
            RecordedLoad.MAX_PARALLELISM,
            clients.producer());
    try (LiveObserver observer = new LiveObserver(stack.bootstrap(), clients.consumer());
        LiveLoad load = LiveLoad.start(writer, speakers)) {
      load.await();
      stack.check();
      Map<String, LiveSession> seen = observer.stop();
      return new Seen(
          clock,
          run,
          seen,
          from,
          from + window.toNanos() / 1000,
          load.latestMillis(),
          observer.inputBytes(),
          observer.outputBytes());
    }
  }

  private static long nowMicros() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }

  @Override
  public void close() throws IOException {
    stack.close();
  }
}
