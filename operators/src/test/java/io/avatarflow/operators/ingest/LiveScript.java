package io.avatarflow.operators.ingest;

import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.IdlePolicy;
import io.avatarflow.schemas.Interrupt;
import io.avatarflow.schemas.KeyFrameRequest;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionParameters;
import io.avatarflow.schemas.SessionUpdate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * A made-up live session: what arrives when, in the order of arrival. Speech is spoken live, sent
 * in bursts, or with pauses; chunks jitter, overtake each other, repeat and get lost; viewers
 * interrupt, change parameters and ask for key frames. Ends with a close, at times in the middle of
 * what is said.
 */
final class LiveScript {
  private static final int[] RATES = {8000, 16_000, 22_050, 48_000};

  private static final List<IdlePolicy> POLICIES =
      List.of(IdlePolicy.ANIMATE, IdlePolicy.HOLD, IdlePolicy.PAUSE);

  private final Random random;
  private final List<Arrival> arrivals = new ArrayList<>();
  private final int rate;
  private long micros;
  private long epoch;
  private long position;

  /** A record and when it arrives. */
  record Arrival(long micros, Object body) {}

  private LiveScript(Random random, long openMicros) {
    this.random = random;
    this.rate = RATES[random.nextInt(RATES.length)];
    this.micros = openMicros;
  }

  static List<Arrival> random(Random random, long openMicros) {
    LiveScript script = new LiveScript(random, openMicros);
    script.arrivals.add(new Arrival(openMicros, IngestHarness.open()));
    script.micros += 600_000;
    for (int acts = 3 + random.nextInt(5); acts > 0; acts--) {
      script.act();
    }
    script.arrivals.sort(Comparator.comparingLong(Arrival::micros));
    script.close();
    return script.arrivals;
  }

  private void close() {
    long last = arrivals.get(arrivals.size() - 1).micros();
    arrivals.add(
        random.nextInt(3) == 0
            ? new Arrival(last + random.nextInt(100_000), new SessionClose(CloseMode.NOW))
            : new Arrival(Math.max(last, micros) + 400_000, IngestHarness.drain()));
  }

  private void act() {
    switch (random.nextInt(9)) {
      case 0 -> interrupt();
      case 1 -> micros += random.nextInt(1_500_000);
      case 2 -> update();
      case 3 -> arrivals.add(new Arrival(micros, new KeyFrameRequest()));
      case 4 -> speech(true);
      case 5 -> hole();
      default -> speech(false);
    }
  }

  /** A hole longer than what may wait, as long as the clock says or not. */
  private void hole() {
    int seconds = 21 + random.nextInt(5);
    position += (long) seconds * rate;
    micros += random.nextBoolean() ? seconds * 1_000_000L : 0;
  }

  private void interrupt() {
    epoch += 1 + random.nextInt(2);
    position = 0;
    if (random.nextBoolean()) {
      arrivals.add(new Arrival(micros, new Interrupt(epoch)));
    }
  }

  private void update() {
    SessionParameters.Builder change =
        SessionParameters.newBuilder().setSteps(1 + random.nextInt(8));
    if (random.nextBoolean()) {
      change.setIdlePolicy(POLICIES.get(random.nextInt(POLICIES.size())));
    }
    arrivals.add(new Arrival(micros, new SessionUpdate(change.build())));
  }

  private void speech(boolean burst) {
    long began = micros;
    long first = position;
    if (random.nextInt(4) == 0) {
      position += random.nextInt(rate);
    }
    int left = 1 + random.nextInt(rate);
    while (left > 0) {
      int count = Math.min(left, 1 + random.nextInt(rate / 10));
      left -= count;
      long spoken = (position + count - first) * 1_000_000 / rate;
      long arrives = began + (burst ? random.nextInt(20_000) : spoken) + jitter();
      boolean end = left == 0 && random.nextBoolean();
      Object chunk = IngestHarness.chunk(epoch, position, rate, noise(count), end);
      position += count;
      if (random.nextInt(20) > 0) {
        arrivals.add(new Arrival(arrives, chunk));
      }
      if (random.nextInt(20) == 0) {
        arrivals.add(new Arrival(arrives + random.nextInt(200_000), chunk));
      }
      micros = Math.max(micros, began + (burst ? 0 : spoken));
    }
  }

  private int jitter() {
    return random.nextInt(10) == 0 ? random.nextInt(300_000) : random.nextInt(20_000);
  }

  private float[] noise(int count) {
    float[] noise = new float[count];
    for (int i = 0; i < count; i++) {
      noise[i] = random.nextFloat() - 0.5f;
    }
    return noise;
  }
}
