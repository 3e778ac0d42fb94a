package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;
import io.avatarflow.schemas.AudioChunk;
import io.avatarflow.schemas.MalformedRecordException;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionInput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Records on their way: a chunk of 40 ms from Kafka, a block with two pictures between tasks. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RecordsBenchmark {
  private static final String KEY = "bench/session";
  private static final int PICTURES = 2 * 256 * 256 * 3;

  private final SessionRecordSerializer serializer = new SessionRecordSerializer();
  private final DataOutputSerializer out = new DataOutputSerializer(PICTURES + 4096);
  private final Tensor pictures =
      Tensor.of(ElementType.UINT8, new int[] {2, 256, 256, 3}, new byte[PICTURES]);
  private final Map<String, Tensor> latent =
      Map.of("latent", Tensor.ofFloats(new int[] {2, 20, 16, 16}, new float[2 * 20 * 16 * 16]));
  private final SessionRecord block = block();
  private final byte[] blockBytes = bytes();
  private final byte[] chunk = RecordCodec.input().encode(chunk());

  @Benchmark
  public SessionInput decodeChunk() throws MalformedRecordException {
    return RecordCodec.input().decode(chunk);
  }

  @Benchmark
  public int writeBlock() throws IOException {
    out.clear();
    serializer.serialize(block, out);
    return out.length();
  }

  @Benchmark
  public SessionRecord readBlock() throws IOException {
    return serializer.deserialize(new DataInputDeserializer(blockBytes));
  }

  @Benchmark
  public long hashOutput() {
    return TensorHash.of(latent);
  }

  private SessionRecord block() {
    MediaBlock plain = ((SessionRecord.Block) Records.block(KEY, 3)).block();
    return new SessionRecord.Block(plain.withTensors(Map.of("frames", pictures)));
  }

  private byte[] bytes() {
    try {
      out.clear();
      serializer.serialize(block, out);
      return out.getCopyOfBuffer();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static SessionInput chunk() {
    return new SessionInput(
        KEY,
        1_700_000_000_000_000L,
        AudioChunk.newBuilder()
            .setFirstSample(0)
            .setSampleRate(16_000)
            .setPayload(ByteBuffer.allocate(2 * 640))
            .build());
  }
}
