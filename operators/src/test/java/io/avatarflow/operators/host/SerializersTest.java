package io.avatarflow.operators.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.avatarflow.operators.host.GoldenBytes.Sample;
import io.avatarflow.operators.stage.StateCodec;
import io.avatarflow.operators.stage.TensorState;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SerializersTest {
  static Stream<String> names() {
    return GoldenBytes.samples().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("names")
  void bytesOfAReleasedFormatAreReadForEver(String name) throws IOException {
    Sample<?> sample = GoldenBytes.samples().get(name);
    assertSame(sample, sample.read(GoldenBytes.golden(name)));
  }

  @ParameterizedTest
  @MethodSource("names")
  void whatIsWrittenIsRead(String name) throws IOException {
    Sample<?> sample = GoldenBytes.samples().get(name);
    assertSame(sample, sample.read(sample.write()));
  }

  private static void assertSame(Sample<?> sample, Object read) throws IOException {
    if (sample.value() instanceof CanonicalState state) {
      assertThat(((CanonicalState) read).version()).isEqualTo(state.version());
      assertThat(((CanonicalState) read).bytes()).isEqualTo(state.bytes());
    } else {
      assertThat(read).usingRecursiveComparison().isEqualTo(sample.value());
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void truncatedBytesAreAnErrorAndNotALargeAllocation(String name) throws IOException {
    Sample<?> sample = GoldenBytes.samples().get(name);
    byte[] whole = sample.write();
    for (int length = 0; length < whole.length; length += 1 + length / 16) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> sample.read(part)).isInstanceOf(IOException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void snapshotRestoresTheSerializer(String name) throws IOException {
    restored(GoldenBytes.samples().get(name).serializer());
  }

  private static <T> void restored(TypeSerializer<T> serializer) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(64);
    TypeSerializerSnapshot.writeVersionedSnapshot(out, serializer.snapshotConfiguration());
    TypeSerializerSnapshot<T> snapshot =
        TypeSerializerSnapshot.readVersionedSnapshot(
            new DataInputDeserializer(out.getCopyOfBuffer()),
            SerializersTest.class.getClassLoader());
    assertThat(snapshot.restoreSerializer()).isEqualTo(serializer);
    assertThat(
            serializer
                .snapshotConfiguration()
                .resolveSchemaCompatibility(snapshot)
                .isCompatibleAsIs())
        .isTrue();
  }

  @Test
  void formatOfALaterBuildIsRefused() {
    byte[] later = {9, 8, 0, 0, 0, 0, 0, 0, 0, 0};
    assertThatThrownBy(
            () -> new SessionRecordSerializer().deserialize(new DataInputDeserializer(later)))
        .hasMessage(
            "A record has format 9, this build reads 1 to 4; restore with the build that wrote it or"
                + " a later one.");
  }

  @Test
  void canonicalStateOfAnOlderVersionIsReadByTheStage() throws IOException {
    byte[] golden = GoldenBytes.golden("canonical-v1");
    CanonicalState state =
        new CanonicalStateSerializer().deserialize(new DataInputDeserializer(golden));
    var newer =
        new StateCodec<TensorState>() {
          @Override
          public int version() {
            return 2;
          }

          @Override
          public void write(TensorState value, DataOutput out) {
            throw new IllegalStateException("Nothing is written here.");
          }

          @Override
          public TensorState read(int version, DataInput in) throws IOException {
            TensorState old = TensorState.CODEC.read(version, in);
            return new TensorState(Map.of("renamed", old.tensors().get("mouth_h")));
          }
        };
    assertThat(state.version()).isEqualTo(1);
    assertThat(((TensorState) state.value(StageGroupTest.untyped(newer))).tensors())
        .containsOnlyKeys("renamed");
  }

  @Test
  void copiesAreTheObjectItself() {
    GoldenBytes.samples()
        .values()
        .forEach(
            sample -> {
              assertThat(sample.serializer().isImmutableType()).isTrue();
              assertSameObject(sample);
            });
  }

  private static <T> void assertSameObject(Sample<T> sample) {
    assertThat(sample.serializer().copy(sample.value())).isSameAs(sample.value());
  }

  @Test
  void typeInformationNeedsNoGenericType() {
    assertThat(SessionRecordTypeInfo.INSTANCE.createSerializer(new SerializerConfigImpl()))
        .isInstanceOf(SessionRecordSerializer.class);
    assertThat(SessionRecordTypeInfo.INSTANCE.isKeyType()).isFalse();
  }
}
