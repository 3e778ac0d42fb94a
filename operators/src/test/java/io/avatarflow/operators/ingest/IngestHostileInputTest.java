package io.avatarflow.operators.ingest;

import static io.avatarflow.operators.ingest.IngestRecords.BLOCK;
import static io.avatarflow.operators.ingest.IngestRecords.RATE;
import static io.avatarflow.operators.ingest.IngestRecords.assertRejected;
import static io.avatarflow.operators.ingest.IngestRecords.chunk;
import static io.avatarflow.operators.ingest.IngestRecords.noise;
import static io.avatarflow.operators.ingest.IngestRecords.raw;
import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.AudioChunk;
import io.avatarflow.schemas.AudioEncoding;
import io.avatarflow.schemas.Interrupt;
import io.avatarflow.schemas.KeyFrameRequest;
import io.avatarflow.schemas.SessionInput;
import io.avatarflow.schemas.SessionUpdate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Input that breaks the protocol is rejected and changes nothing. */
class IngestHostileInputTest {
  private IngestHarness ingest = new IngestHarness(IngestHarness.manifest(), IngestOptions.DEFAULT);

  @Test
  void moreThanTwoSecondsBeforeOpenAreRejected() {
    ingest.send(chunk(0, RATE));
    ingest.send(chunk(RATE, RATE));
    assertRejected(ingest.send(chunk(2 * RATE, 1)), "not-open", "2000 ms");
    assertThat(ingest.state().buffer().end()).isEqualTo(2 * RATE);
  }

  @Test
  void everythingButAudioBeforeOpenIsRejected() {
    for (Object body :
        List.of(
            new SessionUpdate(IngestHarness.noParameters()),
            new KeyFrameRequest(),
            IngestHarness.drain())) {
      assertRejected(ingest.send(body), "not-open", "send SessionOpen first");
    }
    assertThat(ingest.state()).isEqualTo(IngestState.INITIAL);
  }

  @Test
  void aSecondOpenIsRejectedAndChangesNothing() {
    ingest.send(IngestHarness.open());
    assertRejected(ingest.send(IngestHarness.open()), "already-open", "close it first");
    assertThat(IngestHarness.blocks(ingest.send(chunk(0, 2 * BLOCK)))).hasSize(1);
  }

  @Test
  void aBadChunkOfAHigherEpochDoesNotInterrupt() {
    ingest.send(IngestHarness.open());
    assertRejected(
        ingest.send(IngestHarness.chunk(1, 0, RATE, new float[] {Float.NaN}, false)),
        "bad-audio",
        "is NaN");
    assertRejected(
        ingest.send(IngestHarness.chunk(1, 1L << 40, RATE, noise(1), false)),
        "too-far-ahead",
        "20000 ms");
    assertThat(ingest.state().clock().epoch()).isZero();
  }

  @Test
  void hostileChunksAreRejectedAndChangeNothing() {
    ingest.send(IngestHarness.open());
    ingest.send(chunk(0, 100));
    IngestState before = ingest.state();
    AudioEncoding s16 = AudioEncoding.PCM_S16LE;
    assertRejected(ingest.send(raw(0, -1, RATE, 1, s16, 2)), "bad-audio", "-1 is negative");
    assertRejected(
        ingest.send(raw(0, Long.MAX_VALUE, RATE, 1, s16, 2)), "too-far-ahead", "20000 ms");
    assertRejected(ingest.send(raw(0, 3600L * RATE, RATE, 1, s16, 2)), "too-far-ahead", "sample 0");
    assertRejected(ingest.send(raw(1L << 62, 0, RATE, 1, s16, 2)), "bad-epoch", "Epoch 4611");
    assertRejected(ingest.send(raw(-1, 0, RATE, 1, s16, 2)), "bad-epoch", "Epoch -1");
    assertRejected(ingest.send(raw(0, 100, RATE, 1, s16, 0)), "bad-audio", "empty");
    assertRejected(ingest.send(raw(0, 100, RATE, 1, s16, 3)), "bad-audio", "3 bytes");
    assertRejected(ingest.send(raw(0, 100, RATE, 0, s16, 2)), "bad-audio", "0 channels");
    assertRejected(ingest.send(raw(0, 100, RATE, 9, s16, 18)), "bad-audio", "9 channels");
    assertRejected(ingest.send(raw(0, 100, 7999, 1, s16, 2)), "bad-audio", "7999");
    assertRejected(ingest.send(raw(0, 100, 48_001, 1, s16, 2)), "bad-audio", "48001");
    assertRejected(ingest.send(raw(0, 100, 8000, 1, s16, 2)), "rate-changed", "8000");
    assertRejected(ingest.send(raw(0, 100, RATE, 1, s16, 2 * RATE + 2)), "bad-audio", "1000 ms");
    assertRejected(
        ingest.send(raw(0, 100, RATE, 1, AudioEncoding.UNKNOWN, 2)), "bad-audio", "encoding");
    assertRejected(ingest.send(new Interrupt(1L << 62)), "bad-epoch", "Epoch 4611");
    assertRejected(ingest.send(null), "unknown-body", "update the engine");
    assertThat(ingest.state().buffer()).isEqualTo(before.buffer());
    assertThat(ingest.state().clock()).isEqualTo(before.clock());
  }

  @Test
  void rejectedBytesCanBeReadAgain() {
    AudioChunk chunk = raw(0, -1, RATE, 1, AudioEncoding.PCM_S16LE, 2);
    SessionRecord.Reject reject = IngestHarness.rejects(ingest.send(chunk)).get(0);
    assertThat(decoded(reject.value())).isEqualTo(chunk);
    assertThat(reject.origin().offset()).isEqualTo(100);
    assertThat(new String(reject.key(), StandardCharsets.UTF_8)).isEqualTo(IngestHarness.KEY);
  }

  private static Object decoded(byte[] bytes) {
    try {
      return SessionInput.fromByteBuffer(ByteBuffer.wrap(bytes)).getBody();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void singleSamplesStrewnFarApartAreBounded() {
    ingest.send(IngestHarness.open());
    int rejected = 0;
    for (int i = 1; i <= 1000; i++) {
      rejected += IngestHarness.rejects(ingest.send(chunk(3L * i, 1))).size();
    }
    assertThat(rejected).isEqualTo(1000 - SessionAudio.MAX_GAPS);
    assertThat(ingest.state().buffer().islands()).hasSize(SessionAudio.MAX_GAPS);
  }
}
