package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.BlockParameters;
import io.avatarflow.operators.stage.BlockParameters.OverrideFrame;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.MediaBlock.BlockAudio;
import io.avatarflow.operators.stage.MediaBlock.BlockFlags;
import io.avatarflow.operators.stage.MediaBlock.StageTrace;
import io.avatarflow.operators.stage.TensorState;
import io.avatarflow.operators.tensor.Tensor;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The binary form of {@link MediaBlock}, versioned by the record that holds it; tensors in order of
 * names. Blocks of format 1 have no deadline and no hashes in their trace, blocks before format 4
 * no bitrate.
 */
final class MediaBlockFormat {
  /** A block's tensors may hold pictures, up to 64 of them. */
  private static final long MAX_TENSOR_BYTES = 256L << 20;

  private static final int MIN_TENSOR_BYTES = 6;
  private static final int OVERRIDE_BYTES = 12;
  private static final int MIN_TRACE_BYTES = 24;

  private MediaBlockFormat() {}

  static void write(MediaBlock block, DataOutput out) throws IOException {
    WireFormat.writeString(block.sessionKey(), out);
    out.writeLong(block.index());
    out.writeLong(block.epoch());
    out.writeInt(block.attempt());
    writeAudio(block.audio(), out);
    writeParameters(block.parameters(), out);
    BlockFlags flags = block.flags();
    out.writeBoolean(flags.idle());
    out.writeBoolean(flags.concealed());
    out.writeBoolean(flags.restored());
    out.writeBoolean(flags.degraded());
    out.writeBoolean(flags.discontinuity());
    out.writeInt(block.rung());
    out.writeInt(block.tensors().size());
    for (Map.Entry<String, Tensor> entry : new TreeMap<>(block.tensors()).entrySet()) {
      WireFormat.writeString(entry.getKey(), out);
      TensorState.writeTensor(entry.getValue(), out);
    }
    out.writeInt(block.trace().size());
    for (StageTrace entry : block.trace()) {
      WireFormat.writeString(entry.stage(), out);
      out.writeLong(entry.queueMicros());
      out.writeLong(entry.computeMicros());
      out.writeInt(entry.batchSize());
      out.writeLong(entry.outputHash());
    }
    out.writeLong(block.ingestMicros());
    out.writeLong(block.deadlineMicros());
  }

  static MediaBlock read(int format, DataInput in) throws IOException {
    return new MediaBlock(
        WireFormat.readString(in),
        in.readLong(),
        in.readLong(),
        in.readInt(),
        readAudio(in),
        readParameters(format, in),
        new BlockFlags(
            in.readBoolean(),
            in.readBoolean(),
            in.readBoolean(),
            in.readBoolean(),
            in.readBoolean(),
            false),
        in.readInt(),
        readTensors(in),
        readTrace(format, in),
        in.readLong(),
        format == 1 ? MediaBlock.NO_DEADLINE : in.readLong());
  }

  private static void writeAudio(BlockAudio audio, DataOutput out) throws IOException {
    out.writeLong(audio.firstSample());
    out.writeInt(audio.sampleCount());
    WireFormat.writeFloats(audio.features(), out);
    WireFormat.writeShorts(audio.playback(), out);
    out.writeInt(audio.playbackCount());
    out.writeInt(audio.videoFrames());
  }

  private static BlockAudio readAudio(DataInput in) throws IOException {
    return new BlockAudio(
        in.readLong(),
        in.readInt(),
        WireFormat.readFloats(in),
        WireFormat.readShorts(in),
        in.readInt(),
        in.readInt());
  }

  private static void writeParameters(BlockParameters p, DataOutput out) throws IOException {
    out.writeInt(p.steps());
    WireFormat.writeString(p.sampler(), out);
    out.writeInt(p.motionSteps());
    WireFormat.writeString(p.motionSampler(), out);
    WireFormat.writeString(p.schedule(), out);
    out.writeFloat(p.guidance());
    out.writeFloat(p.identityStrength());
    out.writeFloat(p.temporalWeight());
    out.writeFloat(p.smoothing());
    out.writeFloat(p.valence());
    out.writeFloat(p.arousal());
    WireFormat.writeString(p.idlePolicy(), out);
    out.writeInt(p.videoBitrate());
    out.writeInt(p.override().size());
    for (OverrideFrame value : p.override()) {
      out.writeInt(value.frame());
      out.writeInt(value.channel());
      out.writeFloat(value.value());
    }
  }

  private static BlockParameters readParameters(int format, DataInput in) throws IOException {
    return new BlockParameters(
        in.readInt(),
        WireFormat.readString(in),
        in.readInt(),
        WireFormat.readString(in),
        WireFormat.readString(in),
        in.readFloat(),
        in.readFloat(),
        in.readFloat(),
        in.readFloat(),
        in.readFloat(),
        in.readFloat(),
        WireFormat.readString(in),
        format < 4 ? 0 : in.readInt(),
        readOverride(in));
  }

  private static List<OverrideFrame> readOverride(DataInput in) throws IOException {
    int count = WireFormat.readLength(in, OVERRIDE_BYTES);
    List<OverrideFrame> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      values.add(new OverrideFrame(in.readInt(), in.readInt(), in.readFloat()));
    }
    return values;
  }

  private static Map<String, Tensor> readTensors(DataInput in) throws IOException {
    int count = WireFormat.readLength(in, MIN_TENSOR_BYTES);
    Map<String, Tensor> tensors = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      tensors.put(WireFormat.readString(in), TensorState.readTensor(in, MAX_TENSOR_BYTES));
    }
    return tensors;
  }

  private static List<StageTrace> readTrace(int format, DataInput in) throws IOException {
    int count = WireFormat.readLength(in, MIN_TRACE_BYTES);
    List<StageTrace> trace = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      trace.add(
          new StageTrace(
              WireFormat.readString(in),
              in.readLong(),
              in.readLong(),
              in.readInt(),
              format == 1 ? 0 : in.readLong()));
    }
    return trace;
  }
}
