package io.avatarflow.operators.codec;

import io.avatarflow.operators.pack.Ladder;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Stage;
import io.avatarflow.operators.stage.StateCodec;
import io.avatarflow.operators.stage.Turn;
import io.avatarflow.operators.tensor.ElementType;
import io.avatarflow.operators.tensor.Tensor;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.CloseReason;
import io.avatarflow.schemas.OpenMark;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.VideoCodec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The last stage: turns the pictures and the sound of blocks into the records of the frames topic.
 *
 * <p>A start gives the OPEN mark. A block with the tensor {@code frames}, uint8 {@code [N, H, W,
 * 3]}, gives a frame for each picture that is to be emitted and for each 20 ms of sound that are
 * complete, ordered by time, the picture first at equal times. An end gives the rest of the sound
 * and the CLOSE mark. Start and end pass on.
 *
 * <p>The pictures' hashes, indices and times depend on the blocks alone. Payloads depend on the
 * encoders' past too: encoders that were lost with their process are made anew, and the first frame
 * of each track then says {@code discontinuity} and {@code restored}. Key frames come at the start,
 * after such a loss, at the first block that was not published before it, with a new epoch (the
 * frames before it may have been held back, so nothing may refer to them), where the pictures do
 * not continue, where the bitrate changes, and on request at most twice a second of media. A block
 * that is flagged published gives nothing.
 */
public final class EncodeStage implements Stage<EncodeState> {
  /** The stage's name. */
  public static final String NAME = "encode";

  /** The tensor that holds the pictures of a block. */
  public static final String FRAMES = "frames";

  private final Format format;
  private final Ladder ladder;

  /**
   * What is equal for all sessions of a pack.
   *
   * @param fps pictures a second
   * @param framesPerBlock pictures of a block, N
   * @param pictureWidth width of the pictures that blocks bring, pixels
   * @param pictureHeight their height
   * @param mediaSampleRate samples a second of the media clock, the pack's audio rate
   */
  public record Format(
      int fps, int framesPerBlock, int pictureWidth, int pictureHeight, int mediaSampleRate) {}

  /** Encodes blocks of full quality. */
  public EncodeStage(Format format) {
    this(format, Ladder.FULL);
  }

  /**
   * Encodes blocks of a pack.
   *
   * @param ladder what the rungs of blocks mean, for what frames say of themselves
   */
  public EncodeStage(Format format, Ladder ladder) {
    this.format = format;
    this.ladder = ladder;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Placement placement() {
    return Placement.CPU_POOL;
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
    return record instanceof SessionRecord.Start
        || record instanceof SessionRecord.Block
        || record instanceof SessionRecord.End;
  }

  @Override
  public Object batchKey(Turn<EncodeState> turn) {
    return NAME;
  }

  @Override
  public void control(SessionRecord.Control control, AutoCloseable derived) {
    if (control.kind() == SessionRecord.Control.Kind.KEY_FRAME
        && derived instanceof SessionEncoders encoders) {
      encoders.askForKeyFrame();
    }
  }

  @Override
  public void step(List<Turn<EncodeState>> batch) {
    for (Turn<EncodeState> turn : batch) {
      try {
        step(turn);
      } catch (RuntimeException e) {
        turn.fail(e);
      }
    }
  }

  private void step(Turn<EncodeState> turn) {
    if (turn.record() instanceof SessionRecord.Block block) {
      encode(turn, block.block());
    } else if (turn.record() instanceof SessionRecord.Start start) {
      open(turn, start);
    } else {
      end(turn, (SessionRecord.End) turn.record());
    }
  }

  private void open(Turn<EncodeState> turn, SessionRecord.Start start) {
    SessionInfo info = start.info();
    VideoEncoder.Settings settings = settings(info);
    OpenMark mark =
        new OpenMark(
            settings.codec(),
            VideoEncoder.profile(settings),
            settings.width(),
            settings.height(),
            format.fps(),
            1,
            format.framesPerBlock(),
            format.mediaSampleRate(),
            OpusEncoder.SAMPLE_RATE,
            1,
            info.packName(),
            info.packDigest(),
            info.seed(),
            true);
    turn.keepDerived(new SessionEncoders(settings, false));
    turn.done(
        turn.state(),
        List.of(start, emission(info.sessionKey(), turn.state(), new StreamMark(mark))));
  }

  private void encode(Turn<EncodeState> turn, MediaBlock block) {
    if (block.flags().published()) {
      pass(turn, block);
      return;
    }
    byte[] pictures = pictures(block);
    SessionEncoders encoders = encoders(turn);
    encoders.aimAt(bitrate(turn.session(), block));
    FrameBuilder frames = new FrameBuilder(format, ladder, block);
    EncodeState before = turn.state();
    List<FrameBuilder.Timed> made = new ArrayList<>();

    long firstIndex = block.index() * format.framesPerBlock();
    boolean keyFrame =
        block.epoch() != before.epoch()
            || block.flags().discontinuity()
            || block.flags().restored();
    int pictureBytes = 3 * format.pictureWidth() * format.pictureHeight();
    for (int i = 0; i < block.audio().videoFrames(); i++) {
      boolean resumes = encoders.takeVideoResumes();
      EncodedPacket picture =
          encoders.encodePicture(pictures, i * pictureBytes, firstIndex + i, keyFrame && i == 0);
      long hash = PixelHash.of(pictures, i * pictureBytes, pictureBytes);
      made.add(frames.video(firstIndex + i, picture, hash, resumes));
    }

    PacketCutter cutter = new PacketCutter(before.nextPacket(), before.remainder());
    for (PacketCutter.Packet packet : packets(cutter, block)) {
      made.add(frames.audio(packet, encoders.encodePacket(packet), encoders.takeAudioResumes()));
    }
    EncodeState after = after(before, block, cutter);
    turn.done(after, inOrder(block.sessionKey(), after, made));
  }

  /** Goes beyond a block whose frames are published; the encoders begin behind it. */
  private void pass(Turn<EncodeState> turn, MediaBlock block) {
    PacketCutter cutter = new PacketCutter(turn.state().nextPacket(), turn.state().remainder());
    packets(cutter, block);
    turn.done(after(turn.state(), block, cutter), List.of());
  }

  private List<PacketCutter.Packet> packets(PacketCutter cutter, MediaBlock block) {
    long start = block.index() * format.framesPerBlock() * OpusEncoder.SAMPLE_RATE / format.fps();
    return cutter.append(start, block.audio().playback(), block.audio().playbackCount());
  }

  private EncodeState after(EncodeState before, MediaBlock block, PacketCutter cutter) {
    long end = block.index() * format.framesPerBlock() + block.audio().videoFrames();
    return new EncodeState(
        Math.max(before.nextVideoFrame(), end),
        cutter.nextPacket(),
        cutter.remainder(),
        block.index(),
        block.epoch(),
        Math.max(before.attempt(), block.attempt()));
  }

  private void end(Turn<EncodeState> turn, SessionRecord.End end) {
    EncodeState before = turn.state();
    List<SessionRecord> records = new ArrayList<>();
    CloseReason reason = reason(end.reason());
    PacketCutter cutter = new PacketCutter(before.nextPacket(), before.remainder());
    if (reason != CloseReason.FAILED || turn.derived().isPresent()) {
      SessionEncoders encoders = encoders(turn);
      FrameBuilder frames = new FrameBuilder(format, before);
      List<FrameBuilder.Timed> made = new ArrayList<>();
      for (PacketCutter.Packet packet : cutter.finish()) {
        made.add(frames.audio(packet, encoders.encodePacket(packet), encoders.takeAudioResumes()));
      }
      records.addAll(inOrder(end.sessionKey(), before, made));
    }
    CloseMark mark = new CloseMark(reason, null, before.nextVideoFrame(), cutter.nextPacket());
    records.add(emission(end.sessionKey(), before, new StreamMark(mark)));
    records.add(end);
    turn.done(before, records);
  }

  private SessionEncoders encoders(Turn<EncodeState> turn) {
    if (turn.derived().isPresent()) {
      return (SessionEncoders) turn.derived().get();
    }
    SessionEncoders built = new SessionEncoders(settings(turn.session()), true);
    turn.keepDerived(built);
    return built;
  }

  private VideoEncoder.Settings settings(SessionInfo info) {
    SessionInfo.VideoSettings video = info.video();
    return new VideoEncoder.Settings(
        codec(video.codec()),
        format.pictureWidth(),
        format.pictureHeight(),
        video.width(),
        video.height(),
        format.fps(),
        video.bitrate());
  }

  private static int bitrate(SessionInfo info, MediaBlock block) {
    int asked = block.parameters().videoBitrate();
    return asked == 0 ? info.video().bitrate() : asked;
  }

  private static VideoCodec codec(String name) {
    return Arrays.stream(VideoCodec.values())
        .filter(codec -> codec.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new MediaException(
                    "Video codec %s is not known; use H264 or VP8.".formatted(name)));
  }

  private static CloseReason reason(String name) {
    return Arrays.stream(CloseReason.values())
        .filter(reason -> reason.name().equals(name))
        .findFirst()
        .orElse(CloseReason.FAILED);
  }

  private byte[] pictures(MediaBlock block) {
    Tensor frames = block.tensors().get(FRAMES);
    int[] wanted = {format.framesPerBlock(), format.pictureHeight(), format.pictureWidth(), 3};
    if (frames == null
        || frames.type() != ElementType.UINT8
        || !Arrays.equals(frames.shape(), wanted)) {
      throw new MediaException(
          "Block %d brings the tensor %s as %s, but the encoder takes uint8%s; correct the pack's render stage."
              .formatted(
                  block.index(),
                  FRAMES,
                  frames == null ? "nothing" : frames,
                  Arrays.toString(wanted)));
    }
    if (block.audio().videoFrames() < 0 || block.audio().videoFrames() > format.framesPerBlock()) {
      throw new MediaException(
          "Block %d wants %d frames emitted, but holds %d."
              .formatted(block.index(), block.audio().videoFrames(), format.framesPerBlock()));
    }
    return frames.bytes();
  }

  private static List<SessionRecord> inOrder(
      String sessionKey, EncodeState state, List<FrameBuilder.Timed> frames) {
    List<SessionRecord> records = new ArrayList<>(frames.size());
    frames.sort(Comparator.comparingLong(FrameBuilder.Timed::order));
    frames.forEach(timed -> records.add(emission(sessionKey, state, timed.frame())));
    return records;
  }

  private static SessionRecord emission(String sessionKey, EncodeState state, Object body) {
    return new SessionRecord.Emission(
        new SessionOutput(sessionKey, state.epoch(), state.attempt(), body));
  }
}
