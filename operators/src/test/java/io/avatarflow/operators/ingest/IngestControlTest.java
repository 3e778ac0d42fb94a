package io.avatarflow.operators.ingest;

import static io.avatarflow.operators.ingest.IngestRecords.BLOCK;
import static io.avatarflow.operators.ingest.IngestRecords.RATE;
import static io.avatarflow.operators.ingest.IngestRecords.assertRejected;
import static io.avatarflow.operators.ingest.IngestRecords.chunk;
import static io.avatarflow.operators.ingest.IngestRecords.kinds;
import static io.avatarflow.operators.ingest.IngestRecords.noise;
import static io.avatarflow.operators.ingest.IngestRecords.onlyEvent;
import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.FlushMark;
import io.avatarflow.schemas.Interrupt;
import io.avatarflow.schemas.KeyFrameRequest;
import io.avatarflow.schemas.ParametersMark;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.SessionParameters;
import io.avatarflow.schemas.SessionUpdate;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What interrupts, updates and key frame requests do in ingest. */
class IngestControlTest {
  private IngestHarness ingest = new IngestHarness(IngestHarness.manifest(), IngestOptions.DEFAULT);

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
}
