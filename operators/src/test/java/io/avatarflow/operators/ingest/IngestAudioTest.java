package io.avatarflow.operators.ingest;

import static io.avatarflow.operators.ingest.IngestRecords.BLOCK;
import static io.avatarflow.operators.ingest.IngestRecords.RATE;
import static io.avatarflow.operators.ingest.IngestRecords.chunk;
import static io.avatarflow.operators.ingest.IngestRecords.ending;
import static io.avatarflow.operators.ingest.IngestRecords.kinds;
import static io.avatarflow.operators.ingest.IngestRecords.noise;
import static io.avatarflow.operators.ingest.IngestRecords.onlyEvent;
import static io.avatarflow.operators.ingest.IngestRecords.raw;
import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.AudioEncoding;
import io.avatarflow.schemas.BlockFill;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.SampleRange;
import io.avatarflow.schemas.SegmentEndMark;
import io.avatarflow.schemas.SessionEventType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which blocks ingest cuts out of the audio that comes, and what it makes up. */
class IngestAudioTest {
  private IngestHarness ingest = new IngestHarness(IngestHarness.manifest(), IngestOptions.DEFAULT);

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
  void channelsAndEncodingMayChangeFromChunkToChunk() {
    ingest.send(IngestHarness.open());
    ingest.send(raw(0, 0, RATE, 2, AudioEncoding.PCM_S16LE, BLOCK * 4));
    ingest.send(raw(0, BLOCK, RATE, 8, AudioEncoding.PCM_F32LE, BLOCK * 32));
    assertThat(IngestHarness.blocks(ingest.all())).hasSize(1);
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
  void aDayLaterBlocksStillBeginOnTheirSample() {
    BlockCutter cutter = new BlockCutter(BlockGeometry.of(IngestHarness.manifest()), 44_100);
    long blocks = 86_400L * 25 / 2;
    EpochClock day = new EpochClock(0, 44_100, 0, blocks, blocks);
    assertThat(cutter.nextInput(day)).isEqualTo(86_400L * 44_100);
  }
}
