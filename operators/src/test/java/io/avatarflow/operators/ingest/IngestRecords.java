package io.avatarflow.operators.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.AudioChunk;
import io.avatarflow.schemas.AudioEncoding;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionEventType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What the tests of ingest send, by its samples, and what they ask of its answers. */
final class IngestRecords {
  static final int RATE = 16_000;

  /** Samples of a block at that rate. */
  static final int BLOCK = 1280;

  private IngestRecords() {}

  static float[] noise(int samples) {
    Random random = new Random(samples);
    float[] noise = new float[samples];
    for (int i = 0; i < samples; i++) {
      noise[i] = random.nextFloat() - 0.5f;
    }
    return noise;
  }

  static AudioChunk chunk(long first, int samples) {
    return IngestHarness.chunk(0, first, RATE, noise(samples), false);
  }

  static AudioChunk ending(long first, int samples) {
    return IngestHarness.chunk(0, first, RATE, noise(samples), true);
  }

  static List<String> kinds(List<SessionRecord> records) {
    List<String> kinds = new ArrayList<>();
    for (SessionRecord record : records) {
      if (record instanceof SessionRecord.Emission) {
        Object mark = IngestHarness.marks(List.of(record), Object.class).get(0);
        kinds.add(mark.getClass().getSimpleName());
      } else {
        kinds.add(record.getClass().getSimpleName());
      }
    }
    return kinds;
  }

  static SessionEvent onlyEvent(List<SessionRecord> records) {
    List<SessionEvent> events = IngestHarness.events(records);
    assertThat(events).hasSize(1);
    return events.get(0);
  }

  static void assertRejected(List<SessionRecord> records, String reason, String words) {
    assertThat(kinds(records)).containsExactly("Reject", "Event");
    assertThat(onlyEvent(records).getType()).isEqualTo(SessionEventType.REJECTED_INPUT);
    assertThat(onlyEvent(records).getReason()).isEqualTo(reason);
    assertThat(onlyEvent(records).getDetail()).contains(words);
    assertThat(IngestHarness.rejects(records).get(0).reason()).contains(words);
  }

  static AudioChunk raw(
      long epoch, long first, int rate, int channels, AudioEncoding encoding, int bytes) {
    return new AudioChunk(
        epoch, first, rate, channels, encoding, ByteBuffer.allocate(bytes), false);
  }
}
