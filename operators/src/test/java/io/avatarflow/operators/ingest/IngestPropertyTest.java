package io.avatarflow.operators.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.schemas.AudioChunk;
import io.avatarflow.schemas.Interrupt;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class IngestPropertyTest {
  private static final int[] RATES = {8000, 11025, 16000, 22050};
  private static final int WINDOW_MILLIS = 300;
  private static final int MOST_SECONDS = 20;
  private static final IngestOptions OPTIONS =
      new IngestOptions(
          Duration.ofSeconds(MOST_SECONDS),
          Duration.ofMillis(WINDOW_MILLIS),
          Duration.ofSeconds(2),
          Duration.ofSeconds(60),
          Duration.ofHours(4),
          PacingOptions.ASAP,
          true);

  @Property(tries = 60)
  void shuffledRepeatedOverlappingAndMissingChunksGiveTheBlocksOfTheReference(@ForAll long seed) {
    Random random = new Random(seed);
    int rate = RATES[random.nextInt(RATES.length)];
    int frames = 1 + random.nextInt(3);
    int lookAhead = random.nextInt(3);
    IngestHarness ingest =
        new IngestHarness(IngestHarness.manifest(16_000, frames, lookAhead), OPTIONS);
    ReferenceIngest reference =
        new ReferenceIngest(16_000, rate, frames, lookAhead, WINDOW_MILLIS, MOST_SECONDS);
    int refused = 0;
    ingest.send(IngestHarness.open());
    for (Object body : script(random, rate)) {
      ingest.send(body);
      if (body instanceof AudioChunk chunk) {
        boolean taken =
            reference.chunk(
                chunk.getEpoch(), chunk.getFirstSample(), samples(chunk), chunk.getEndOfSegment());
        refused += taken ? 0 : 1;
      } else {
        reference.interrupt(((Interrupt) body).getNewEpoch());
      }
      assertBounded(ingest.state(), rate);
    }
    ingest.send(IngestHarness.drain());
    reference.close();

    assertThat(IngestHarness.rejects(ingest.all())).hasSize(refused);
    assertThat(IngestHarness.blocks(ingest.all()).stream().map(ReferenceIngest.Block::of))
        .containsExactlyElementsOf(reference.blocks());
    assertThat(ingest.state()).isEqualTo(IngestState.INITIAL);
  }

  /** At most a second of a chunk, a block with its look-ahead and what resampling looks back at. */
  private static void assertBounded(IngestState state, int rate) {
    int kept = state.buffer().head().samples().length;
    assertThat(kept).isLessThan(rate * 6 / 25 + 4 * 64);
    assertThat(state.buffer().end() - state.buffer().head().start())
        .isLessThan((MOST_SECONDS + 1L) * rate);
  }

  private static List<Object> script(Random random, int rate) {
    List<Object> script = new ArrayList<>();
    long epoch = 0;
    for (int epochs = 1 + random.nextInt(3); epochs > 0; epochs--) {
      List<Object> chunks = new ArrayList<>();
      long at = 0;
      for (int segments = 1 + random.nextInt(2); segments > 0; segments--) {
        if (random.nextInt(4) == 0) {
          at += (MOST_SECONDS + 2L) * rate + random.nextInt(rate);
        }
        long end = at + 1 + random.nextInt(rate);
        while (at < end) {
          int count = (int) Math.min(end - at, 1 + random.nextInt(rate / 12));
          addChunk(random, chunks, epoch, at, count, rate, at + count == end && segments > 1);
          at += count;
        }
      }
      shuffle(random, chunks);
      script.addAll(chunks);
      epoch += random.nextInt(3);
      if (random.nextBoolean()) {
        script.add(new Interrupt(epoch));
      }
    }
    return script;
  }

  private static void addChunk(
      Random random,
      List<Object> chunks,
      long epoch,
      long at,
      int count,
      int rate,
      boolean endOfSegment) {
    if (random.nextInt(10) > 0 || endOfSegment) {
      chunks.add(IngestHarness.chunk(epoch, at, rate, noise(random, count), endOfSegment));
    }
    if (random.nextInt(6) == 0 && !chunks.isEmpty()) {
      chunks.add(chunks.get(Math.max(0, chunks.size() - 1 - random.nextInt(3))));
    }
    if (random.nextInt(6) == 0) {
      long first = Math.max(0, at - random.nextInt(count + 1));
      chunks.add(
          IngestHarness.chunk(epoch, first, rate, noise(random, 1 + random.nextInt(count)), false));
    }
  }

  private static void shuffle(Random random, List<Object> chunks) {
    for (int i = 0; i + 1 < chunks.size(); i++) {
      if (random.nextInt(3) == 0) {
        Collections.swap(chunks, i, Math.min(chunks.size() - 1, i + 1 + random.nextInt(4)));
      }
    }
  }

  private static float[] noise(Random random, int count) {
    float[] noise = new float[count];
    for (int i = 0; i < count; i++) {
      noise[i] = random.nextFloat() - 0.5f;
    }
    return noise;
  }

  private static float[] samples(AudioChunk chunk) {
    FloatBuffer floats =
        chunk.getPayload().duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    float[] samples = new float[floats.remaining()];
    floats.get(samples);
    return samples;
  }
}
