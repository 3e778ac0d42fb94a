package io.avatarflow.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.message.BinaryMessageEncoder;
import org.junit.jupiter.api.Test;

class RecordCodecTest {
  @Test
  void everyKindOfRecordComesBackEqual() throws IOException {
    for (SessionInput input : SampleRecords.inputs().values()) {
      assertThat(RecordCodec.input().decode(RecordCodec.input().encode(input))).isEqualTo(input);
    }
    for (SessionOutput output : SampleRecords.outputs().values()) {
      assertThat(RecordCodec.output().decode(RecordCodec.output().encode(output)))
          .isEqualTo(output);
    }
    for (SessionEvent event : SampleRecords.events().values()) {
      assertThat(RecordCodec.event().decode(RecordCodec.event().encode(event))).isEqualTo(event);
    }
  }

  @Test
  void bytesEqualThoseOfAvrosOwnEncoderAndAreReadByIt() throws IOException {
    for (SessionInput input : SampleRecords.inputs().values()) {
      byte[] ours = RecordCodec.input().encode(input);
      assertThat(ours).isEqualTo(toArray(SessionInput.getEncoder().encode(input)));
      assertThat(SessionInput.getDecoder().decode(ours)).isEqualTo(input);
    }
    for (SessionOutput output : SampleRecords.outputs().values()) {
      byte[] ours = RecordCodec.output().encode(output);
      assertThat(ours).isEqualTo(toArray(SessionOutput.getEncoder().encode(output)));
      assertThat(SessionOutput.getDecoder().decode(ours)).isEqualTo(output);
    }
  }

  @Test
  void encodingLeavesThePayloadUnread() throws IOException {
    SessionOutput output = SampleRecords.outputs().get("frame");
    byte[] first = RecordCodec.output().encode(output);
    assertThat(RecordCodec.output().encode(output)).isEqualTo(first);
  }

  @Test
  void decodedPayloadIsACopy() throws IOException {
    SessionOutput output = SampleRecords.outputs().get("frame");
    byte[] bytes = RecordCodec.output().encode(output);
    SessionOutput decoded = RecordCodec.output().decode(bytes);
    Arrays.fill(bytes, (byte) 0);
    assertThat(decoded).isEqualTo(output);
  }

  @Test
  void aRecordWithoutBodyIsNotWritten() {
    SessionInput bodiless =
        SessionInput.newBuilder().setSessionKey("a/b").setProducedAtMicros(1).build();
    assertThatThrownBy(() -> RecordCodec.input().encode(bodiless))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("SessionInput has no body; set the one that it carries.");
    SessionOutput bodilessMark =
        SessionOutput.newBuilder()
            .setSessionKey("a/b")
            .setEpoch(0)
            .setAttempt(0)
            .setBody(StreamMark.newBuilder().build())
            .build();
    assertThatThrownBy(() -> RecordCodec.output().encode(bodilessMark))
        .hasMessage("StreamMark has no body; set the one that it carries.");
  }

  @Test
  void aRecordOverTheLimitIsNeitherWrittenNorRead() {
    SessionInput large =
        SessionInput.newBuilder(SampleRecords.inputs().get("audio"))
            .setBody(
                AudioChunk.newBuilder((AudioChunk) SampleRecords.inputs().get("audio").getBody())
                    .setPayload(ByteBuffer.allocate(RecordCodec.MAX_BYTES))
                    .build())
            .build();
    assertThatThrownBy(() -> RecordCodec.input().encode(large))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the limit is 1000000");
    assertThatThrownBy(() -> RecordCodec.input().decode(new byte[RecordCodec.MAX_BYTES + 1]))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("over the limit of 1000000 bytes");
  }

  @Test
  void aNewerProducersRecordIsReadOnceItsSchemaIsKnown() throws IOException {
    String json = SessionEvent.getClassSchema().toString();
    Schema newer =
        new Schema.Parser()
            .parse(
                json.replace("\"OPENED\"", "\"OPENED\",\"MOVED\"")
                    .replace(
                        "\"name\":\"reason\"",
                        "\"name\":\"host\",\"type\":[\"null\",\"string\"],\"default\":null,"
                            + "\"doc\":\"Host.\"},{\"name\":\"reason\""));
    GenericRecord written = new GenericData.Record(newer);
    written.put("sessionKey", "acme/1");
    written.put("atSample", 640L);
    written.put("type", new GenericData.EnumSymbol(newer.getField("type").schema(), "MOVED"));
    written.put("host", "tm-2");
    written.put("reason", "drain");
    written.put("detail", "");
    byte[] bytes = toArray(new BinaryMessageEncoder<>(new GenericData(), newer).encode(written));

    assertThatThrownBy(() -> RecordCodec.event().decode(bytes))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining(
            String.format("unknown schema %016x", SchemaNormalization.parsingFingerprint64(newer)));
    SessionEvent read = RecordCodec.event().knowing(newer).decode(bytes);
    assertThat(read.getType()).isEqualTo(SessionEventType.UNKNOWN);
    assertThat(read.getReason()).isEqualTo("drain");
  }

  private static byte[] toArray(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
