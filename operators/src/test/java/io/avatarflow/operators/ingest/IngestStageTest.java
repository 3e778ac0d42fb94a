package io.avatarflow.operators.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.Origin;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.AudioChunk;
import io.avatarflow.schemas.AudioEncoding;
import io.avatarflow.schemas.BlockFill;
import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.FlushMark;
import io.avatarflow.schemas.Interrupt;
import io.avatarflow.schemas.KeyFrameRequest;
import io.avatarflow.schemas.ParametersMark;
import io.avatarflow.schemas.SampleRange;
import io.avatarflow.schemas.SegmentEndMark;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionEvent;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.SessionInput;
import io.avatarflow.schemas.SessionParameters;
import io.avatarflow.schemas.SessionUpdate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IngestStageTest {
  private static final int RATE = 16_000;
  private static final int BLOCK = 1280;

  private IngestHarness ingest;

  @BeforeEach
  void start() {
    ingest = new IngestHarness(IngestHarness.manifest(), IngestOptions.DEFAULT);
  }

  private static float[] noise(int samples) {
    Random random = new Random(samples);
    float[] noise = new float[samples];
    for (int i = 0; i < samples; i++) {
      noise[i] = random.nextFloat() - 0.5f;
    }
    return noise;
  }

  private static AudioChunk chunk(long first, int samples) {
    return IngestHarness.chunk(0, first, RATE, noise(samples), false);
  }

  private static AudioChunk ending(long first, int samples) {
    return IngestHarness.chunk(0, first, RATE, noise(samples), true);
  }

  private static List<String> kinds(List<SessionRecord> records) {
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

  private SessionEvent onlyEvent(List<SessionRecord> records) {
    List<SessionEvent> events = IngestHarness.events(records);
    assertThat(events).hasSize(1);
    return events.get(0);
  }

  private void assertRejected(List<SessionRecord> records, String reason, String words) {
    assertThat(kinds(records)).containsExactly("Reject", "Event");
    assertThat(onlyEvent(records).getType()).isEqualTo(SessionEventType.REJECTED_INPUT);
    assertThat(onlyEvent(records).getReason()).isEqualTo(reason);
    assertThat(onlyEvent(records).getDetail()).contains(words);
    assertThat(IngestHarness.rejects(records).get(0).reason()).contains(words);
  }

  @Test
  void openSendsStartEventAndParametersOfBlockZero() {
    List<SessionRecord> out = ingest.send(IngestHarness.open());
    assertThat(kinds(out)).containsExactly("Start", "Event", "ParametersMark");
    assertThat(onlyEvent(out).getType()).isEqualTo(SessionEventType.OPENED);
    ParametersMark mark = IngestHarness.marks(out, ParametersMark.class).get(0);
    assertThat(mark.getBlock()).isZero();
    assertThat(mark.getParameters().getSteps()).isEqualTo(4);
    assertThat(mark.getParameters().getTemporalWeight()).isEqualTo(0.7f);
  }

  @Test
  void aBlockLeavesWhenItsLookAheadIsThereAndNotBefore() {
    ingest.send(IngestHarness.open());
    assertThat(ingest.send(chunk(0, 2 * BLOCK - 1))).isEmpty();
    List<SessionRecord> out = ingest.send(chunk(2 * BLOCK - 1, 1));
    assertThat(kinds(out)).containsExactly("DecisionMark", "Block");
    DecisionMark decision = IngestHarness.marks(out, DecisionMark.class).get(0);
    assertThat(decision)
        .isEqualTo(new DecisionMark(0L, 0L, BLOCK, BlockFill.NONE, List.of(), 0, 102L));
    MediaBlock block = IngestHarness.blocks(out).get(0);
    assertThat(block.ingestMicros()).isEqualTo(102_000);
    assertThat(block.audio().videoFrames()).isEqualTo(2);
    assertThat(block.audio().playbackCount()).isEqualTo(3840);
  }

  @Test
  void audioBeforeOpenWaitsAndGivesTheSameBlocks() {
    ingest.send(chunk(0, 5000));
    ingest.send(chunk(5000, 5000));
    assertThat(ingest.all()).isEmpty();
    ingest.send(IngestHarness.open());
    ingest.send(IngestHarness.drain());

    IngestHarness other = new IngestHarness(IngestHarness.manifest(), IngestOptions.DEFAULT);
    other.send(IngestHarness.open());
    other.send(chunk(0, 5000));
    other.send(chunk(5000, 5000));
    other.send(IngestHarness.drain());
    assertThat(IngestHarness.blocks(ingest.all()).stream().map(ReferenceIngest.Block::of))
        .hasSize(8)
        .containsExactlyElementsOf(
            IngestHarness.blocks(other.all()).stream().map(ReferenceIngest.Block::of).toList());
  }

  @Test
  void moreThanTwoSecondsBeforeOpenAreRejected() {
    ingest.send(chunk(0, RATE));
    ingest.send(chunk(RATE, RATE));
    assertRejected(ingest.send(chunk(2 * RATE, 1)), "not-open", "PT2S");
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

  @ParameterizedTest
  @CsvSource({"160,1", "640,1", "641,2", "1280,2", "1281,3", "12800,20", "12801,21"})
  void aClosedSessionHasTheFramesOfItsDuration(int samples, int frames) {
    ingest.send(IngestHarness.open());
    ingest.send(chunk(0, samples));
    List<SessionRecord> out = ingest.send(IngestHarness.drain());
    List<MediaBlock> blocks = IngestHarness.blocks(ingest.all());
    assertThat(blocks.stream().mapToInt(block -> block.audio().videoFrames()).sum())
        .isEqualTo(frames);
    assertThat(blocks.stream().mapToInt(block -> block.audio().playbackCount()).sum())
        .isEqualTo(3 * samples);
    assertThat(out.get(out.size() - 1))
        .isEqualTo(new SessionRecord.End(IngestHarness.KEY, "CLOSED"));
    assertThat(ingest.state()).isEqualTo(IngestState.INITIAL);
  }

  @ParameterizedTest
  @ValueSource(ints = {8000, 11_025, 22_050, 44_100, 48_000})
  void tenMillisecondsAtAnyRateAreOneFrame(int rate) {
    ingest.send(IngestHarness.open());
    ingest.send(IngestHarness.chunk(0, 0, rate, noise(rate / 100), false));
    ingest.send(IngestHarness.drain());
    assertThat(IngestHarness.blocks(ingest.all()))
        .singleElement()
        .satisfies(block -> assertThat(block.audio().videoFrames()).isEqualTo(1));
  }

  @Test
  void aSessionWithoutAudioClosesWithoutBlocks() {
    ingest.send(IngestHarness.open());
    assertThat(kinds(ingest.send(IngestHarness.drain()))).containsExactly("Event", "End");
  }

  @Test
  void closeNowDropsWhatIsNotReleasedAndWhatIsInFlight() {
    ingest.send(IngestHarness.open());
    ingest.send(chunk(0, 3 * BLOCK));
    List<SessionRecord> out = ingest.send(new SessionClose(CloseMode.NOW));
    assertThat(kinds(out)).containsExactly("Control", "FlushMark", "Event", "End");
    assertThat(out.get(0))
        .isEqualTo(
            new SessionRecord.Control(IngestHarness.KEY, SessionRecord.Control.Kind.INTERRUPT, 1));
  }

  @Test
  void inARecordingNothingOnItsWayIsTakenBack() {
    ingest = new IngestHarness(IngestHarness.manifest(), IngestOptions.DEFAULT.ofRecording());
    ingest.send(IngestHarness.open());
    ingest.send(chunk(0, 3 * BLOCK));
    assertThat(kinds(ingest.send(new Interrupt(1L)))).containsExactly("FlushMark", "Event");
    assertThat(kinds(ingest.send(new SessionClose(CloseMode.NOW))))
        .containsExactly("FlushMark", "Event", "End");
  }

  @Test
  void endOfSegmentPadsWithSilenceAndReleasesAtOnce() {
    ingest.send(IngestHarness.open());
    List<SessionRecord> out = ingest.send(ending(0, BLOCK + 100));
    assertThat(kinds(out))
        .containsExactly("DecisionMark", "Block", "DecisionMark", "Block", "SegmentEndMark");
    MediaBlock last = IngestHarness.blocks(out).get(1);
    assertThat(last.audio().sampleCount()).isEqualTo(100);
    assertThat(last.audio().videoFrames()).isEqualTo(2);
    assertThat(last.audio().playbackCount()).isEqualTo(3840);
    assertThat(last.audio().features()[99]).isNotZero();
    assertThat(last.audio().features()).endsWith(new float[2 * BLOCK - 100]);
    assertThat(IngestHarness.marks(out, DecisionMark.class).get(1).getFill())
        .isEqualTo(BlockFill.SEGMENT_END);
    assertThat(IngestHarness.marks(out, SegmentEndMark.class))
        .containsExactly(new SegmentEndMark(1L, BLOCK + 100L));
  }

  @Test
  void theNextSegmentBeginsWithTheNextBlock() {
    ingest.send(IngestHarness.open());
    ingest.send(ending(0, 100));
    ingest.send(chunk(100, 2 * BLOCK));
    List<MediaBlock> blocks = IngestHarness.blocks(ingest.all());
    assertThat(blocks).hasSize(2);
    assertThat(blocks.get(1).audio().firstSample()).isEqualTo(BLOCK);
    assertThat(blocks.get(1).audio().features()).isEqualTo(noise(2 * BLOCK));
    assertThat(IngestHarness.marks(ingest.all(), DecisionMark.class).get(1).getFirstSample())
        .isEqualTo(100);
  }

  @Test
  void aRepeatedEndOfSegmentIsTheSameEnd() {
    ingest.send(IngestHarness.open());
    ingest.send(ending(0, 100));
    assertThat(ingest.send(ending(0, 100))).isEmpty();
    assertThat(ingest.send(IngestHarness.chunk(0, 100, RATE, new float[0], true))).isEmpty();
  }

  @Test
  void aGapIsMadeUpWhenTheReorderWindowLiesBehindIt() {
    ingest.send(IngestHarness.open());
    ingest.send(chunk(0, 2 * BLOCK));
    for (int at = 3 * BLOCK; at < 3 * BLOCK + 2 * RATE - BLOCK; at += BLOCK) {
      assertThat(ingest.send(chunk(at, BLOCK))).isEmpty();
    }
    List<SessionRecord> out = ingest.send(chunk(2 * RATE + 2 * BLOCK, BLOCK));
    assertThat(onlyEvent(out).getType()).isEqualTo(SessionEventType.CONCEALED);
    List<MediaBlock> blocks = IngestHarness.blocks(out);
    assertThat(blocks.stream().filter(block -> block.flags().concealed()).map(MediaBlock::index))
        .containsExactly(2L);
    assertThat(IngestHarness.marks(out, DecisionMark.class).get(1).getConcealed())
        .containsExactly(new SampleRange(2L * BLOCK, BLOCK));
    float[] concealed = blocks.get(1).audio().features();
    float last = noise(2 * BLOCK)[2 * BLOCK - 1];
    assertThat(Math.abs(concealed[0])).isLessThan(Math.abs(last)).isGreaterThan(0);
    assertThat(concealed[BLOCK - 1]).isZero();
  }

  @Test
  void audioThatComesAfterItWasMadeUpIsDroppedWithAnEvent() {
    ingest.send(IngestHarness.open());
    ingest.send(chunk(0, BLOCK));
    ingest.send(IngestHarness.chunk(0, 2 * BLOCK, RATE, noise(BLOCK), true));
    IngestState before = ingest.state();
    List<SessionRecord> out = ingest.send(chunk(BLOCK, BLOCK));
    assertThat(kinds(out)).containsExactly("Event");
    assertThat(onlyEvent(out).getReason()).isEqualTo("late-audio");
    assertThat(ingest.state().buffer()).isEqualTo(before.buffer());
  }

  @Test
  void repeatedAudioIsDroppedInSilence() {
    ingest.send(IngestHarness.open());
    ingest.send(chunk(0, 3 * BLOCK));
    assertThat(ingest.send(chunk(0, 3 * BLOCK))).isEmpty();
    assertThat(ingest.send(chunk(10, 7))).isEmpty();
  }

  @Test
  void anInterruptIsSentBeforeAnythingElseAndDropsWhatWaits() {
    ingest.send(IngestHarness.open());
    ingest.send(chunk(0, 3 * BLOCK));
    List<SessionRecord> out = ingest.send(new Interrupt(5L));
    assertThat(kinds(out)).containsExactly("Control", "FlushMark", "Event");
    assertThat(IngestHarness.marks(out, FlushMark.class)).containsExactly(new FlushMark(5L));
    assertThat(onlyEvent(out).getType()).isEqualTo(SessionEventType.INTERRUPTED);
    assertThat(onlyEvent(out).getAtSample()).isEqualTo(2 * BLOCK);
    assertThat(ingest.state().buffer()).isEqualTo(JitterBuffer.EMPTY);

    assertThat(ingest.send(chunk(3 * BLOCK, BLOCK))).as("the old epoch").isEmpty();
    assertThat(ingest.send(new Interrupt(5L))).as("not above").isEmpty();
    List<MediaBlock> blocks =
        IngestHarness.blocks(
            ingest.send(IngestHarness.chunk(5, 0, 48_000, noise(48_000 / 5), false)));
    assertThat(blocks).hasSize(1);
    assertThat(blocks.get(0).epoch()).isEqualTo(5);
    assertThat(blocks.get(0).index()).isEqualTo(2);
  }

  @Test
  void audioOfAHigherEpochInterrupts() {
    ingest.send(IngestHarness.open());
    ingest.send(chunk(0, 3 * BLOCK));
    List<SessionRecord> out = ingest.send(IngestHarness.chunk(1, 0, RATE, noise(2 * BLOCK), false));
    assertThat(kinds(out))
        .containsExactly("Control", "FlushMark", "Event", "DecisionMark", "Block");
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
        "PT20S");
    assertThat(ingest.state().clock().epoch()).isZero();
  }

  @Test
  void keyFrameRequestsBecomeControl() {
    ingest.send(IngestHarness.open());
    assertThat(ingest.send(new KeyFrameRequest()))
        .containsExactly(
            new SessionRecord.Control(IngestHarness.KEY, SessionRecord.Control.Kind.KEY_FRAME, 0));
  }

  @Test
  void anUpdateIsInForceFromTheNextBlockNotYetReleased() {
    ingest.send(IngestHarness.open());
    ingest.send(chunk(0, 2 * BLOCK));
    SessionParameters change =
        SessionParameters.newBuilder(IngestHarness.noParameters()).setSteps(2).build();
    List<SessionRecord> out = ingest.send(new SessionUpdate(change));
    ParametersMark mark = IngestHarness.marks(out, ParametersMark.class).get(0);
    assertThat(mark.getBlock()).isEqualTo(1);
    assertThat(mark.getParameters().getSteps()).isEqualTo(2);
    assertThat(mark.getParameters().getSampler()).isEqualTo("ddim");
    ingest.send(chunk(2 * BLOCK, BLOCK));
    assertThat(IngestHarness.blocks(ingest.all()).stream().map(b -> b.parameters().steps()))
        .containsExactly(4, 2);
  }

  @Test
  void aBitrateChangesWithTheNextBlockAndOneOutOfRangeChangesNothing() {
    ingest.send(IngestHarness.open());
    ingest.send(chunk(0, 2 * BLOCK));
    for (int bad : new int[] {0, -1, 100_000_001}) {
      assertRejected(ingest.send(new SessionUpdate(bitrate(bad))), "bad-video", "100000000");
    }
    List<SessionRecord> out = ingest.send(new SessionUpdate(bitrate(300_000)));
    ParametersMark mark = IngestHarness.marks(out, ParametersMark.class).get(0);
    assertThat(mark.getParameters().getVideoBitrate()).isEqualTo(300_000);
    ingest.send(chunk(2 * BLOCK, BLOCK));
    assertThat(IngestHarness.blocks(ingest.all()).stream().map(b -> b.parameters().videoBitrate()))
        .containsExactly(0, 300_000);
  }

  private static SessionParameters bitrate(int bitsPerSecond) {
    return SessionParameters.newBuilder(IngestHarness.noParameters())
        .setVideoBitrate(bitsPerSecond)
        .build();
  }

  private static AudioChunk raw(
      long epoch, long first, int rate, int channels, AudioEncoding encoding, int bytes) {
    return new AudioChunk(
        epoch, first, rate, channels, encoding, ByteBuffer.allocate(bytes), false);
  }

  @Test
  void hostileChunksAreRejectedAndChangeNothing() {
    ingest.send(IngestHarness.open());
    ingest.send(chunk(0, 100));
    IngestState before = ingest.state();
    AudioEncoding s16 = AudioEncoding.PCM_S16LE;
    assertRejected(ingest.send(raw(0, -1, RATE, 1, s16, 2)), "bad-audio", "-1 is negative");
    assertRejected(ingest.send(raw(0, Long.MAX_VALUE, RATE, 1, s16, 2)), "too-far-ahead", "PT20S");
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
  void channelsAndEncodingMayChangeFromChunkToChunk() {
    ingest.send(IngestHarness.open());
    ingest.send(raw(0, 0, RATE, 2, AudioEncoding.PCM_S16LE, BLOCK * 4));
    ingest.send(raw(0, BLOCK, RATE, 8, AudioEncoding.PCM_F32LE, BLOCK * 32));
    assertThat(IngestHarness.blocks(ingest.all())).hasSize(1);
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

  @Test
  void chunksOfOneSampleGiveTheSameBlocks() {
    ingest.send(IngestHarness.open());
    float[] samples = noise(2 * BLOCK);
    for (int i = 0; i < samples.length; i++) {
      ingest.send(IngestHarness.chunk(0, i, RATE, new float[] {samples[i]}, false));
    }
    assertThat(IngestHarness.blocks(ingest.all()).get(0).audio().features()).isEqualTo(samples);
  }

  @Test
  void theLongestDurationEndsTheSession() {
    IngestOptions aSecond =
        new IngestOptions(
            Duration.ofSeconds(20),
            Duration.ofSeconds(2),
            Duration.ofSeconds(2),
            Duration.ZERO,
            Duration.ofSeconds(1),
            PacingOptions.ASAP,
            true);
    ingest = new IngestHarness(IngestHarness.manifest(), aSecond);
    ingest.send(IngestHarness.open());
    ingest.send(chunk(0, RATE));
    List<SessionRecord> out = ingest.send(chunk(RATE, RATE));
    assertThat(IngestHarness.blocks(ingest.all())).hasSize(13);
    assertThat(out.get(out.size() - 1))
        .isEqualTo(new SessionRecord.End(IngestHarness.KEY, "MAX_DURATION"));
    assertThat(onlyEvent(out).getType()).isEqualTo(SessionEventType.EXPIRED);
    assertThat(ingest.state()).isEqualTo(IngestState.INITIAL);
  }

  @Test
  void anIdleSessionIsDrainedAndExpires() {
    ingest.send(IngestHarness.open());
    ingest.send(chunk(0, 100));
    long due = ingest.stage().wakeAtMicros(ingest.state()).orElseThrow();
    assertThat(due).isEqualTo(101_000 + 60_000_000);
    assertThat(ingest.tick(due - 1, false)).isEmpty();
    List<SessionRecord> out = ingest.tick(due, false);
    assertThat(kinds(out)).containsExactly("DecisionMark", "Block", "Event", "End");
    assertThat(onlyEvent(out).getReason()).isEqualTo("idle-timeout");
    assertThat(ingest.stage().wakeAtMicros(ingest.state())).isEmpty();
  }

  @Test
  void theEndOfABoundedInputDrainsTheSession() {
    ingest.send(IngestHarness.open());
    ingest.send(chunk(0, 100));
    List<SessionRecord> out = ingest.tick(Long.MAX_VALUE, true);
    assertThat(out.get(out.size() - 1))
        .isEqualTo(new SessionRecord.End(IngestHarness.KEY, "END_OF_INPUT"));
  }

  @Test
  void audioOfASessionThatNeverOpensIsForgotten() {
    ingest.send(chunk(0, 100));
    long due = ingest.stage().wakeAtMicros(ingest.state()).orElseThrow();
    assertThat(onlyEvent(ingest.tick(due, false)).getReason()).isEqualTo("never-opened");
    assertThat(ingest.state()).isEqualTo(IngestState.INITIAL);
  }

  @Test
  void aTickOfASessionThatIsGoneDoesNothing() {
    ingest.send(IngestHarness.open());
    ingest.send(IngestHarness.drain());
    assertThat(ingest.tick(Long.MAX_VALUE, false)).isEmpty();
    assertThat(ingest.tick(Long.MAX_VALUE, true)).isEmpty();
  }

  @Test
  void onlyOpeningRunsOnTheCpuPool() {
    assertThat(placementOf(IngestHarness.open())).isEqualTo(Placement.CPU_POOL);
    assertThat(placementOf(chunk(0, 1))).isEqualTo(Placement.TASK);
  }

  @Test
  void aRefusalDoesNotWaitForTheCpuPool() {
    SeatPool pool = SeatPool.of(1, Map.of("greedy", 0), System::nanoTime);
    SeatPool.Share seats = pool.share();
    IngestHarness full =
        new IngestHarness(
            IngestHarness.manifest(), IngestOptions.DEFAULT, seats, QualityLadder.FULL);
    assertThat(placementOf(full, IngestHarness.open())).isEqualTo(Placement.CPU_POOL);
    assertThat(seats.admit("tenant/other")).isEmpty();
    assertThat(placementOf(full, IngestHarness.open())).isEqualTo(Placement.TASK);
    assertThat(pool.refused()).isZero();
  }

  private Placement placementOf(Object body) {
    return placementOf(ingest, body);
  }

  private static Placement placementOf(IngestHarness harness, Object body) {
    return harness
        .stage()
        .placementOf(
            new SessionRecord.Input(
                IngestHarness.KEY,
                new SessionInput(IngestHarness.KEY, 0L, body),
                new Origin("t", 0, 0, 0)));
  }

  @Test
  void aDayLaterBlocksStillBeginOnTheirSample() {
    BlockCutter cutter = new BlockCutter(BlockGeometry.of(IngestHarness.manifest()), 44_100);
    long blocks = 86_400L * 25 / 2;
    EpochClock day = new EpochClock(0, 44_100, 0, blocks, blocks);
    assertThat(cutter.nextInput(day)).isEqualTo(86_400L * 44_100);
  }

  @Test
  void aSessionWithoutASeatIsRefusedWithAHintAndLeavesNothing() {
    SeatPolicy full =
        key ->
            Optional.of(
                new SeatPolicy.Refusal("no-seat", "All 8 seats are taken.", Duration.ofSeconds(2)));
    IngestHarness refused =
        new IngestHarness(
            IngestHarness.manifest(), IngestOptions.DEFAULT, full, QualityLadder.FULL);

    List<SessionRecord> out = refused.send(IngestHarness.open());

    assertThat(out).hasSize(1);
    assertThat(IngestHarness.events(out).get(0).getType()).isEqualTo(SessionEventType.REFUSED);
    assertThat(IngestHarness.events(out).get(0).getReason()).isEqualTo("no-seat");
    assertThat(IngestHarness.events(out).get(0).getDetail())
        .isEqualTo("All 8 seats are taken. Try again in 2000 ms.");
    assertThat(refused.state()).isEqualTo(IngestState.INITIAL);
  }
}
