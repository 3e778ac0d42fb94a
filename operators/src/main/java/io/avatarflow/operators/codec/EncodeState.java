package io.avatarflow.operators.codec;

import io.avatarflow.operators.stage.SampleArrays;
import io.avatarflow.operators.stage.StateCodec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * What the encode stage remembers of a session: where both tracks stand and the sound that is too
 * short for a packet.
 *
 * @param nextVideoFrame index just behind the last video frame
 * @param nextPacket index of the next audio packet; it starts at sample {@code 960 * nextPacket} of
 *     the track
 * @param remainder samples at 48 kHz from there on that wait for the rest of their packet, 0 to 959
 * @param block number of the last block
 * @param epoch epoch of the last block
 * @param attempt attempt of the last block
 */
public record EncodeState(
    long nextVideoFrame, long nextPacket, short[] remainder, long block, long epoch, int attempt) {
  /** A session that was just opened. */
  public static final EncodeState EMPTY = new EncodeState(0, 0, new short[0], 0, 0, 0);

  /** Version 1: the fields in their order, the remainder as count and samples. */
  public static final StateCodec<EncodeState> CODEC = new Codec();

  public EncodeState {
    if (remainder.length >= OpusEncoder.PACKET_SAMPLES) {
      throw new IllegalArgumentException(
          "A remainder of %d samples would be a packet; at most %d are left over."
              .formatted(remainder.length, OpusEncoder.PACKET_SAMPLES - 1));
    }
    remainder = remainder.clone();
  }

  @Override
  public short[] remainder() {
    return remainder.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof EncodeState s
        && s.nextVideoFrame == nextVideoFrame
        && s.nextPacket == nextPacket
        && Arrays.equals(s.remainder, remainder)
        && s.block == block
        && s.epoch == epoch
        && s.attempt == attempt;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(31 * nextVideoFrame + nextPacket);
  }

  private static final class Codec implements StateCodec<EncodeState> {
    @Override
    public int version() {
      return 1;
    }

    @Override
    public void write(EncodeState state, DataOutput out) throws IOException {
      out.writeLong(state.nextVideoFrame);
      out.writeLong(state.nextPacket);
      out.writeShort(state.remainder.length);
      SampleArrays.write(state.remainder, out);
      out.writeLong(state.block);
      out.writeLong(state.epoch);
      out.writeInt(state.attempt);
    }

    @Override
    public EncodeState read(int version, DataInput in) throws IOException {
      if (version != 1) {
        throw new IOException(
            "Encode state of version %d cannot be read; this build knows 1.".formatted(version));
      }
      long nextVideoFrame = in.readLong();
      long nextPacket = in.readLong();
      int count = in.readShort();
      if (count < 0 || count >= OpusEncoder.PACKET_SAMPLES) {
        throw new IOException(
            "Encode state has a remainder of %d samples; 0 to 959 are possible.".formatted(count));
      }
      short[] remainder = SampleArrays.readShorts(count, in);
      return new EncodeState(
          nextVideoFrame, nextPacket, remainder, in.readLong(), in.readLong(), in.readInt());
    }
  }
}
