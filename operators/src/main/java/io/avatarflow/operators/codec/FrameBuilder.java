package io.avatarflow.operators.codec;

import io.avatarflow.operators.pack.Ladder;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.MediaBlock.BlockFlags;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.FrameFlags;
import io.avatarflow.schemas.FrameTrace;
import io.avatarflow.schemas.StageTrace;
import io.avatarflow.schemas.Track;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Puts a payload, its place on the media clock and what is known of its block into a record of the
 * frames topic.
 */
final class FrameBuilder {
  /** Ticks a second of a video track's times. */
  static final int VIDEO_CLOCK = 90_000;

  private static final String INGEST = "ingest";
  // Ticks of 1/720000 s hold the times of both tracks.
  private static final int ORDER_PER_VIDEO_TICK = 8;
  private static final int ORDER_PER_AUDIO_TICK = 15;

  private final EncodeStage.Format format;
  private final long block;
  private final BlockFlags flags;
  private final int rung;
  private final int steps;
  private final int batchSize;
  private final FrameTrace trace;

  /**
   * A frame and where it stands between the frames of both tracks.
   *
   * @param order its time
   */
  record Timed(long order, EncodedFrame frame) {}

  FrameBuilder(EncodeStage.Format format, Ladder ladder, MediaBlock block) {
    this.format = format;
    this.block = block.index();
    this.flags = ladder.degrades(block) ? block.flags().withDegraded() : block.flags();
    this.rung = block.rung();
    this.steps = ladder.mode(block) == Ladder.Mode.MAKE ? ladder.parameters(block).steps() : 0;
    this.batchSize =
        block.trace().stream().mapToInt(MediaBlock.StageTrace::batchSize).max().orElse(0);
    List<StageTrace> stages =
        block.trace().stream()
            .map(t -> new StageTrace(t.stage(), t.queueMicros(), t.computeMicros(), t.outputHash()))
            .toList();
    this.trace = new FrameTrace(block.ingestMicros(), releaseMicros(block), 0L, stages);
  }

  /** For the frames that only the end of the session lets out. */
  FrameBuilder(EncodeStage.Format format, EncodeState state) {
    this.format = format;
    this.block = state.block();
    this.flags = BlockFlags.NONE;
    this.rung = 0;
    this.steps = 0;
    this.batchSize = 0;
    this.trace = new FrameTrace(0L, 0L, 0L, List.of());
  }

  private static long releaseMicros(MediaBlock block) {
    if (block.trace().isEmpty() || !block.trace().get(0).stage().equals(INGEST)) {
      return block.ingestMicros();
    }
    MediaBlock.StageTrace ingest = block.trace().get(0);
    return block.ingestMicros() + ingest.queueMicros() + ingest.computeMicros();
  }

  Timed video(long index, EncodedPacket picture, long pixelHash, boolean resumes) {
    long pts = index * VIDEO_CLOCK / format.fps();
    long firstSample = index * format.mediaSampleRate() / format.fps();
    EncodedFrame frame =
        new EncodedFrame(
            Track.VIDEO,
            index,
            pts,
            (int) ((index + 1) * VIDEO_CLOCK / format.fps() - pts),
            picture.keyFrame(),
            resumes,
            ByteBuffer.wrap(picture.payload()),
            firstSample,
            (int) ((index + 1) * format.mediaSampleRate() / format.fps() - firstSample),
            flags(resumes),
            block,
            rung,
            steps,
            batchSize,
            pixelHash,
            trace);
    return new Timed(pts * ORDER_PER_VIDEO_TICK, frame);
  }

  Timed audio(PacketCutter.Packet packet, byte[] payload, boolean resumes) {
    long pts = packet.index() * OpusEncoder.PACKET_SAMPLES;
    long firstSample = atMediaRate(pts);
    EncodedFrame frame =
        new EncodedFrame(
            Track.AUDIO,
            packet.index(),
            pts,
            OpusEncoder.PACKET_SAMPLES,
            true,
            resumes,
            ByteBuffer.wrap(payload),
            firstSample,
            (int) (atMediaRate(pts + packet.presented()) - firstSample),
            flags(resumes),
            block,
            rung,
            steps,
            batchSize,
            0L,
            trace);
    return new Timed(pts * ORDER_PER_AUDIO_TICK, frame);
  }

  private long atMediaRate(long audioSamples) {
    return audioSamples * format.mediaSampleRate() / OpusEncoder.SAMPLE_RATE;
  }

  private FrameFlags flags(boolean resumes) {
    return new FrameFlags(flags.idle(), flags.concealed(), resumes, flags.degraded());
  }
}
