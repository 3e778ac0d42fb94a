package io.avatarflow.operators.host;

import static io.avatarflow.operators.host.HostRig.expected;
import static io.avatarflow.operators.host.Records.block;
import static io.avatarflow.operators.host.Records.end;
import static io.avatarflow.operators.host.Records.interrupt;
import static io.avatarflow.operators.host.Records.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.CloseReason;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.SessionEventType;
import io.avatarflow.schemas.StreamMark;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of a session whose stage throws, and of its neighbours. */
class SessionStageFailureTest {
  @RegisterExtension final HostRig host = new HostRig();

  private final HandDrivenDevice device = host.device();

  @Test
  void poisonedSessionHurtsNobody() throws Exception {
    HostHarness harness = host.open();
    for (int i = 0; i < 6; i++) {
      for (String key : List.of("t/a", "t/bad", "t/c")) {
        if (i == 0) {
          harness.send(start(key));
        }
        harness.send(block(key, i));
      }
      device.stepSome(new Random(i));
      harness.runMails();
    }
    harness.drain(device);
    harness.send(end("t/a"), end("t/bad"), end("t/c"));
    harness.drain(device);
    assertThat(harness.summary("t/a")).isEqualTo(expected("t/a", 6));
    assertThat(harness.summary("t/c")).isEqualTo(expected("t/c", 6));
    assertThat(harness.keyedStateEntries()).isZero();
  }

  @Test
  void failedSessionEndsWithAnEventAndACloseMark() throws Exception {
    HostHarness harness = host.open();
    harness.send(start("t/bad"));
    for (int i = 0; i < 6; i++) {
      harness.send(block("t/bad", i));
    }
    harness.drain(device);
    List<SessionRecord> out = harness.outputs("t/bad");
    assertThat(harness.frames("t/bad"))
        .extracting(EncodedFrame::getIndex)
        .containsExactly(0L, 1L, 2L);
    assertThat(out)
        .filteredOn(SessionRecord.Event.class::isInstance)
        .singleElement()
        .satisfies(
            record -> {
              var event = ((SessionRecord.Event) record).event();
              assertThat(event.getType()).isEqualTo(SessionEventType.FAILED);
              assertThat(event.getAtSample()).isEqualTo(FakeStages.POISON * 1280);
              assertThat(event.getDetail()).contains("features").contains("poison");
            });
    assertThat(out.get(out.size() - 1)).isEqualTo(new SessionRecord.End("t/bad", "FAILED"));
    CloseMark close =
        (CloseMark)
            ((StreamMark) ((SessionRecord.Emission) out.get(out.size() - 2)).output().getBody())
                .getBody();
    assertThat(close.getReason()).isEqualTo(CloseReason.FAILED);
    assertThat(close.getVideoFrames()).isEqualTo(3);
    int size = out.size();
    harness.send(block("t/bad", 6), interrupt("t/bad", 1), end("t/bad"));
    harness.drain(device);
    assertThat(harness.outputs("t/bad")).hasSize(size);
    assertThat(harness.keyedStateEntries()).isZero();
  }

  @Test
  void failureSurvivesARestore() throws Exception {
    HostHarness before = host.open();
    before.send(start("t/bad"));
    for (int i = 0; i < 5; i++) {
      before.send(block("t/bad", i));
    }
    HostHarness after = host.open(1, before.snapshot(1));
    after.send(block("t/bad", 5));
    after.drain(device);
    List<SessionRecord> out = after.outputs("t/bad");
    assertThat(after.frames("t/bad")).hasSize(3);
    assertThat(out.get(out.size() - 1)).isEqualTo(new SessionRecord.End("t/bad", "FAILED"));
    after.send(end("t/bad"));
    assertThat(after.keyedStateEntries()).isZero();
  }
}
