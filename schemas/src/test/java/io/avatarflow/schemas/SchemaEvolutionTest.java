package io.avatarflow.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SchemaEvolutionTest {
  private static final Path RELEASED = Path.of("released");

  static Stream<Arguments> topics() {
    return Stream.of(
        Arguments.of(RecordCodec.input(), SessionInput.getClassSchema(), SampleRecords.inputs()),
        Arguments.of(RecordCodec.output(), SessionOutput.getClassSchema(), SampleRecords.outputs()),
        Arguments.of(RecordCodec.event(), SessionEvent.getClassSchema(), SampleRecords.events()));
  }

  @Test
  void everyReleasedCopyIsKnownToTheCodecs() throws IOException {
    try (Stream<Path> releases = Files.list(RELEASED)) {
      assertThat(releases.map(path -> Integer.parseInt(path.getFileName().toString())))
          .hasSize(ReleasedSchemas.LATEST)
          .contains(1, ReleasedSchemas.LATEST);
    }
  }

  @ParameterizedTest
  @MethodSource("topics")
  void currentAndEveryReleasedSchemaReadEachOther(RecordCodec<?> codec, Schema current) {
    for (Schema released : ReleasedSchemas.of(current.getName())) {
      assertReads(current, released);
      assertReads(released, current);
    }
  }

  @ParameterizedTest
  @MethodSource("topics")
  <T extends SpecificRecord> void aRecordSurvivesTheWayThroughAReleasedReaderAndBack(
      RecordCodec<T> codec, Schema current, Map<String, T> samples) throws IOException {
    for (Schema released : ReleasedSchemas.of(current.getName())) {
      BinaryMessageDecoder<GenericRecord> oldReader =
          new BinaryMessageDecoder<>(new GenericData(), released);
      oldReader.addSchema(current);
      BinaryMessageEncoder<GenericRecord> oldWriter =
          new BinaryMessageEncoder<>(new GenericData(), released);
      for (T sample : samples.values()) {
        GenericRecord old = oldReader.decode(codec.encode(sample));
        T back = codec.decode(toArray(oldWriter.encode(old)));
        GenericRecord again = oldReader.decode(codec.encode(back));
        assertThat(again).isEqualTo(old);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("topics")
  <T extends SpecificRecord> void bytesOfEveryReleaseAreReadForEver(
      RecordCodec<T> codec, Schema current, Map<String, T> samples) throws IOException {
    for (int release = 1; release <= ReleasedSchemas.LATEST; release++) {
      Properties golden = golden(release, current.getName());
      assertThat(golden.stringPropertyNames()).as(current.getName()).isNotEmpty();
      for (String name : golden.stringPropertyNames()) {
        T read = codec.decode(HexFormat.of().parseHex(golden.getProperty(name)));
        assertThat(read).as(name).isEqualTo(samples.get(name));
      }
    }
  }

  /** A release adds golden bytes: its own are those that this test leaves in target/golden. */
  @ParameterizedTest
  @MethodSource("topics")
  <T extends SpecificRecord> void theLatestReleasesSchemaStillWritesItsGoldenBytes(
      RecordCodec<T> codec, Schema current, Map<String, T> samples) throws IOException {
    Map<String, String> written = new TreeMap<>();
    samples.forEach(
        (name, sample) -> written.put(name, HexFormat.of().formatHex(codec.encode(sample))));
    StringBuilder lines = new StringBuilder();
    written.forEach((name, hex) -> lines.append(name).append('=').append(hex).append('\n'));
    Path file = Path.of("target", "golden", current.getName() + ".properties");
    Files.createDirectories(file.getParent());
    Files.writeString(file, lines);

    List<Schema> released = ReleasedSchemas.of(current.getName());
    if (sameOnTheWire(current, released.get(released.size() - 1))) {
      assertThat(golden(ReleasedSchemas.LATEST, current.getName()))
          .as("golden bytes; those of today are in schemas/%s", file)
          .isEqualTo(written);
    }
  }

  private static boolean sameOnTheWire(Schema one, Schema other) {
    return SchemaNormalization.parsingFingerprint64(one)
        == SchemaNormalization.parsingFingerprint64(other);
  }

  private static void assertReads(Schema reader, Schema writer) {
    SchemaCompatibility.SchemaPairCompatibility pair =
        SchemaCompatibility.checkReaderWriterCompatibility(reader, writer);
    assertThat(pair.getType())
        .as(pair.getResult().toString())
        .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
  }

  private static Properties golden(int release, String record) throws IOException {
    Properties golden = new Properties();
    String resource = "/golden/" + release + "/" + record + ".properties";
    try (InputStream in = SchemaEvolutionTest.class.getResourceAsStream(resource)) {
      if (in != null) {
        golden.load(new InputStreamReader(in, StandardCharsets.UTF_8));
      }
    }
    return golden;
  }

  private static byte[] toArray(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
