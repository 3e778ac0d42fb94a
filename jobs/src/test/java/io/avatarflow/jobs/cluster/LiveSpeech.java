package io.avatarflow.jobs.cluster;

import io.avatarflow.jobs.client.SessionWriter;
import io.avatarflow.jobs.client.TestSpeech;
import io.avatarflow.schemas.SessionKey;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Several sessions that speak at the speed of speech, from a thread of their own. */
final class LiveSpeech implements AutoCloseable {
  private static final long CHUNK_MILLIS = 100;

  private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
  private final List<ScheduledFuture<?>> sent = new ArrayList<>();

  private LiveSpeech() {}

  static LiveSpeech start(
      SessionWriter writer, List<SessionKey> keys, String pack, String identity, double seconds) {
    LiveSpeech speech = new LiveSpeech();
    for (SessionKey key : keys) {
      List<Object> bodies = TestSpeech.session(key, pack, identity, seconds);
      for (int i = 0; i < bodies.size(); i++) {
        Object body = bodies.get(i);
        speech.sent.add(
            speech.clock.schedule(
                () -> writer.send(key, body), i * CHUNK_MILLIS, TimeUnit.MILLISECONDS));
      }
    }
    return speech;
  }

  /** Waits until everything was sent. */
  void await() throws ExecutionException, InterruptedException {
    for (ScheduledFuture<?> record : sent) {
      record.get();
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
