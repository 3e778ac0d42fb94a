package io.avatarflow.operators.codec;

import io.avatarflow.operators.pack.Ladder;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Stage;
import io.avatarflow.operators.stage.StateCodec;
import io.avatarflow.operators.stage.Turn;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.CloseReason;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link EncodeStage} without pictures and encoders: the frames of both tracks with their indices
 * and times by the same parts, and nothing in them, so that a day of them takes moments.
 */
public final class TimelineStage implements Stage<EncodeState> {
  private static final byte[] NOTHING = {0};

  private final EncodeStage.Format format;

  public TimelineStage(EncodeStage.Format format) {
    this.format = format;
  }

  @Override
  public String name() {
    return EncodeStage.NAME;
  }

  @Override
  public Placement placement() {
    return Placement.TASK;
  }

  @Override
  public StateCodec<EncodeState> stateCodec() {
    return EncodeState.CODEC;
  }

  @Override
  public EncodeState initialState(SessionInfo session) {
    return EncodeState.EMPTY;
  }

  @Override
  public boolean accepts(SessionRecord record) {
    return record instanceof SessionRecord.Block || record instanceof SessionRecord.End;
  }

  @Override
  public Object batchKey(Turn<EncodeState> turn) {
    return EncodeStage.NAME;
  }

  @Override
  public void step(List<Turn<EncodeState>> batch) {
    for (Turn<EncodeState> turn : batch) {
      if (turn.record() instanceof SessionRecord.Block block) {
        frames(turn, block.block());
      } else {
        end(turn, (SessionRecord.End) turn.record());
      }
    }
  }

  private void frames(Turn<EncodeState> turn, MediaBlock block) {
    EncodeState before = turn.state();
    FrameBuilder frames = new FrameBuilder(format, Ladder.FULL, block);
    List<SessionRecord> made = new ArrayList<>();
    long first = block.index() * format.framesPerBlock();
    for (int i = 0; i < block.audio().videoFrames(); i++) {
      EncodedPacket picture = new EncodedPacket(NOTHING, false);
      made.add(emission(block, frames.video(first + i, picture, 0, false).frame()));
    }
    PacketCutter cutter = new PacketCutter(before.nextPacket(), before.remainder());
    long start = first * OpusEncoder.SAMPLE_RATE / format.fps();
    for (PacketCutter.Packet packet :
        cutter.append(start, block.audio().playback(), block.audio().playbackCount())) {
      made.add(emission(block, frames.audio(packet, NOTHING, false).frame()));
    }
    EncodeState after =
        new EncodeState(
            first + block.audio().videoFrames(),
            cutter.nextPacket(),
            cutter.remainder(),
            block.index(),
            block.epoch(),
            block.attempt());
    turn.done(after, made);
  }

  private static SessionRecord emission(MediaBlock block, EncodedFrame frame) {
    return new SessionRecord.Emission(
        new SessionOutput(block.sessionKey(), block.epoch(), block.attempt(), frame));
  }

  private static void end(Turn<EncodeState> turn, SessionRecord.End end) {
    EncodeState state = turn.state();
    CloseMark mark =
        new CloseMark(CloseReason.CLOSED, null, state.nextVideoFrame(), state.nextPacket());
    SessionOutput close =
        new SessionOutput(end.sessionKey(), state.epoch(), state.attempt(), new StreamMark(mark));
    turn.done(state, List.of(new SessionRecord.Emission(close), end));
  }
}
