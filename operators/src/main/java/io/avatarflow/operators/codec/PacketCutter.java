package io.avatarflow.operators.codec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts the sound of successive blocks into packets of 20 ms that lie on one grid, packet n on
 * samples {@code 960 n} to {@code 960 n + 959} of the track. A hole between blocks is silence up to
 * the end of the packet it starts in, and no packets behind that. Made for one turn.
 */
final class PacketCutter {
  private static final int SAMPLES = OpusEncoder.PACKET_SAMPLES;

  private final short[] pending = new short[SAMPLES];
  private long nextPacket;
  private int filled;

  /**
   * A packet's samples.
   *
   * @param index its place on the grid
   * @param samples 960 samples
   * @param presented how many of them are sound of the session, the rest only ends the packet
   */
  record Packet(long index, short[] samples, int presented) {}

  PacketCutter(long nextPacket, short[] remainder) {
    this.nextPacket = nextPacket;
    this.filled = remainder.length;
    System.arraycopy(remainder, 0, pending, 0, remainder.length);
  }

  /**
   * Adds {@code count} samples that start at {@code start} on the track; gives the packets that are
   * now complete.
   */
  List<Packet> append(long start, short[] samples, int count) {
    List<Packet> packets = new ArrayList<>();
    long position = nextPacket * SAMPLES + filled;
    if (start < position) {
      throw new IllegalStateException(
          "Sound from sample %d on was encoded up to %d already.".formatted(start, position));
    }
    if (start > position) {
      jump(start, packets);
    }
    int at = 0;
    while (at < count) {
      int length = Math.min(count - at, SAMPLES - filled);
      System.arraycopy(samples, at, pending, filled, length);
      at += length;
      filled += length;
      if (filled == SAMPLES) {
        packets.add(take(SAMPLES));
      }
    }
    return packets;
  }

  private void jump(long start, List<Packet> packets) {
    if (filled > 0 && start >= (nextPacket + 1) * SAMPLES) {
      packets.add(take(SAMPLES));
    }
    if (start >= (nextPacket + 1) * SAMPLES) {
      nextPacket = start / SAMPLES;
    }
    filled = (int) (start - nextPacket * SAMPLES);
  }

  /**
   * Ends the track: the remainder, and as much silence as it takes until a decoder has played the
   * last sample in spite of the encoder's look-ahead.
   */
  List<Packet> finish() {
    List<Packet> packets = new ArrayList<>();
    long end = nextPacket * SAMPLES + filled;
    while (end > 0 && nextPacket * SAMPLES < end + OpusEncoder.LOOK_AHEAD) {
      packets.add(take((int) Math.max(0, Math.min(SAMPLES, end - nextPacket * SAMPLES))));
    }
    return packets;
  }

  private Packet take(int presented) {
    Packet packet = new Packet(nextPacket, pending.clone(), presented);
    Arrays.fill(pending, (short) 0);
    filled = 0;
    nextPacket++;
    return packet;
  }

  long nextPacket() {
    return nextPacket;
  }

  short[] remainder() {
    return Arrays.copyOf(pending, filled);
  }
}
