package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.MediaBlock.BlockAudio;
import io.avatarflow.operators.stage.MediaBlock.BlockFlags;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionInfo.VideoSettings;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;
import io.avatarflow.schemas.BlockFill;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** Records for tests of the host. */
final class Records {
  private Records() {}

  static SessionInfo info(String key) {
    return new SessionInfo(
        key,
        "probe",
        "00".repeat(32),
        key.hashCode(),
        new VideoSettings(64, 64, "H264", 100_000),
        true,
        new byte[] {1, 2, 3});
  }

  static SessionRecord start(String key) {
    return new SessionRecord.Start(info(key));
  }

  static SessionRecord block(String key, long index) {
    return block(key, index, 0);
  }

  static SessionRecord block(String key, long index, long epoch) {
    return new SessionRecord.Block(
        new MediaBlock(
            key,
            index,
            epoch,
            0,
            new BlockAudio(index * 1280, 1280, new float[0], new short[0], 0, 2),
            parameters(),
            BlockFlags.NONE,
            0,
            Map.of(),
            List.of(),
            0));
  }

  /** The same block with a deadline. */
  static SessionRecord due(SessionRecord block, long deadlineMicros) {
    MediaBlock b = ((SessionRecord.Block) block).block();
    return new SessionRecord.Block(
        new MediaBlock(
            b.sessionKey(),
            b.index(),
            b.epoch(),
            b.attempt(),
            b.audio(),
            b.parameters(),
            b.flags(),
            b.rung(),
            b.tensors(),
            b.trace(),
            b.ingestMicros(),
            deadlineMicros));
  }

  /** A whole session: its start, so many blocks, its end. */
  static List<SessionRecord> session(String key, int blocks) {
    List<SessionRecord> records = new ArrayList<>(List.of(start(key)));
    LongStream.range(0, blocks).forEach(i -> records.add(block(key, i)));
    records.add(end(key));
    return records;
  }

  static BlockParameters parameters() {
    return new BlockParameters(
        2, "ddim", 2, "ddpm", "cosine", 1.5f, 1, 0.7f, 0, 0, 0, "ANIMATE", 0, List.of());
  }

  static SessionRecord end(String key) {
    return new SessionRecord.End(key, "CLOSED");
  }

  static SessionRecord interrupt(String key, long epoch) {
    return new SessionRecord.Control(key, SessionRecord.Control.Kind.INTERRUPT, epoch);
  }

  static SessionRecord mark(String key, Object body) {
    return new SessionRecord.Emission(new SessionOutput(key, 0L, 0, new StreamMark(body)));
  }

  /** What was decided about a block. */
  static SessionRecord decision(String key, long block) {
    return mark(
        key, new DecisionMark(block, block * 1280, 1280, BlockFill.NONE, List.of(), 0, block));
  }

  static Tensor tensor(long value) {
    return Tensor.of(
        ElementType.INT64, new int[0], ByteBuffer.allocate(Long.BYTES).putLong(value).array());
  }
}
