package io.avatarflow.jobs.replay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.FrameFlags;
import io.avatarflow.schemas.FrameTrace;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StageTrace;
import io.avatarflow.schemas.Track;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecordJsonTest {
  @Test
  void aRecordIsOneLineWithFieldsUnderTheirNames() throws Exception {
    String line = RecordJson.line(output());

    assertThat(line).doesNotContain("\n");
    JsonNode json = new ObjectMapper().readTree(line);
    assertThat(json.get("type").textValue()).isEqualTo("SessionOutput");
    assertThat(json.get("sessionKey").textValue()).isEqualTo("acme/\"a\"");
    assertThat(json.get("epoch").longValue()).isEqualTo(Long.MAX_VALUE);
    JsonNode body = json.get("body");
    assertThat(body.get("type").textValue()).isEqualTo("EncodedFrame");
    assertThat(body.get("track").textValue()).isEqualTo("VIDEO");
    assertThat(body.get("keyFrame").booleanValue()).isTrue();
    assertThat(body.get("flags").get("restored").booleanValue()).isTrue();
  }

  @Test
  void payloadsAreTheirLengthAndHashesSixteenDigits() throws Exception {
    JsonNode body = new ObjectMapper().readTree(RecordJson.line(output())).get("body");

    assertThat(body.get("payloadBytes").intValue()).isEqualTo(3);
    assertThat(body.has("payload")).isFalse();
    assertThat(body.get("pixelHash").textValue()).isEqualTo("00000000000000ab");
    JsonNode stage = body.get("trace").get("stages").get(0);
    assertThat(stage.get("stage").textValue()).isEqualTo("denoise");
    assertThat(stage.get("computeMicros").longValue()).isEqualTo(700);
  }

  private static SessionOutput output() {
    StageTrace stage =
        StageTrace.newBuilder().setStage("denoise").setQueueMicros(5).setComputeMicros(700).build();
    EncodedFrame frame =
        EncodedFrame.newBuilder()
            .setTrack(Track.VIDEO)
            .setIndex(4)
            .setPts(14_400)
            .setDuration(3600)
            .setKeyFrame(true)
            .setPayload(ByteBuffer.wrap(new byte[] {1, 2, 3}))
            .setAudioFirstSample(2560)
            .setAudioSampleCount(640)
            .setFlags(FrameFlags.newBuilder().setRestored(true).build())
            .setBlock(2)
            .setPixelHash(0xab)
            .setTrace(FrameTrace.newBuilder().setStages(List.of(stage)).build())
            .build();
    return SessionOutput.newBuilder()
        .setSessionKey("acme/\"a\"")
        .setEpoch(Long.MAX_VALUE)
        .setAttempt(0)
        .setBody(frame)
        .build();
  }
}
