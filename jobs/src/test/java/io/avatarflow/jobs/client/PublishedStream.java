package io.avatarflow.jobs.client;

import io.avatarflow.schemas.BlockFill;
import io.avatarflow.schemas.CloseMark;
import io.avatarflow.schemas.CloseReason;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.FlushMark;
import io.avatarflow.schemas.FrameFlags;
import io.avatarflow.schemas.FrameTrace;
import io.avatarflow.schemas.OpenMark;
import io.avatarflow.schemas.ParametersMark;
import io.avatarflow.schemas.RestoredMark;
import io.avatarflow.schemas.SegmentEndMark;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.SessionParameters;
import io.avatarflow.schemas.SkippedMark;
import io.avatarflow.schemas.StreamMark;
import io.avatarflow.schemas.Track;
import io.avatarflow.schemas.VideoCodec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * A random session and the way in which at-least-once delivery would publish it: attempts that
 * begin at a checkpoint of the one before, die anywhere, hold back different frames around an
 * interrupt, and write on after they were given up.
 */
final class PublishedStream {
  static final String KEY = "acme/chaos";
  static final int FRAMES_PER_BLOCK = 2;

  private final Random random;
  private final List<Item> session = new ArrayList<>();
  private final Set<String> mayBeHeldBack = new HashSet<>();
  private final List<SessionOutput> published = new ArrayList<>();

  /** By epoch, the first item that an interrupt held back in the last attempt. */
  private final Map<Long, Integer> firstHeldBack = new HashMap<>();

  /** A record of the session as it is meant; {@code body} without what the encoder adds. */
  private record Item(long epoch, Object body) {}

  PublishedStream(long seed) {
    this.random = new Random(seed);
    make(3 + random.nextInt(12));
    publish(random.nextInt(4));
  }

  /** Everything on the topic, in order. */
  List<SessionOutput> published() {
    return published;
  }

  /** The ids of all frames of the session. */
  Set<String> allFrames() {
    Set<String> ids = new HashSet<>();
    session.stream()
        .map(Item::body)
        .filter(EncodedFrame.class::isInstance)
        .forEach(frame -> ids.add(id((EncodedFrame) frame)));
    return ids;
  }

  /** The ids of frames that an interrupt may have held back. */
  Set<String> mayBeHeldBack() {
    return mayBeHeldBack;
  }

  static String id(EncodedFrame frame) {
    return frame.getTrack() + " " + frame.getIndex();
  }

  private void make(int blocks) {
    long epoch = 0;
    long packet = 0;
    add(epoch, open());
    add(epoch, new ParametersMark(0L, parameters(0)));
    for (long block = 0; block < blocks; block++) {
      if (random.nextInt(6) == 0) {
        holdBack(epoch);
        add(++epoch, new FlushMark(epoch));
      }
      if (random.nextInt(5) == 0) {
        add(epoch, new ParametersMark(block, parameters(block)));
      }
      if (random.nextInt(7) == 0) {
        long to = block + 1 + random.nextInt(3);
        add(epoch, new SkippedMark(block, to));
        packet += 4 * (to - block);
        block = to;
      }
      add(epoch, new DecisionMark(block, 0L, 1280, BlockFill.NONE, List.of(), 0, 7L));
      for (int i = 0; i < FRAMES_PER_BLOCK; i++) {
        add(epoch, frame(Track.VIDEO, block * FRAMES_PER_BLOCK + i, block));
        for (int packets = 1 + random.nextInt(2); packets > 0; packets--) {
          add(epoch, frame(Track.AUDIO, packet++, block));
        }
      }
      if (random.nextInt(5) == 0) {
        add(epoch, new SegmentEndMark(block, (block + 1) * 1280));
      }
    }
    long frames =
        session.stream()
            .filter(item -> item.body() instanceof EncodedFrame f && f.getTrack() == Track.VIDEO)
            .mapToLong(item -> ((EncodedFrame) item.body()).getIndex() + 1)
            .max()
            .orElse(0);
    add(epoch, new CloseMark(CloseReason.CLOSED, null, frames, packet));
  }

  private void holdBack(long epoch) {
    int left = random.nextInt(6);
    for (int i = session.size() - 1; i > 0 && left > 0; i--) {
      if (session.get(i).body() instanceof EncodedFrame frame && session.get(i).epoch() == epoch) {
        mayBeHeldBack.add(id(frame));
        left--;
      } else if (session.get(i).body() instanceof FlushMark) {
        return;
      }
    }
  }

  private void add(long epoch, Object body) {
    session.add(new Item(epoch, body));
  }

  /** A record that an attempt writes, and how many items of the session are out with it. */
  private record Written(int items, SessionOutput output) {}

  /** Publishes the session in one more attempt than there are failures. */
  private void publish(int failures) {
    int from = 0;
    List<Written> ghost = List.of();
    for (int attempt = 0; attempt <= failures; attempt++) {
      List<Written> records = attempt(attempt, from);
      int count = attempt == failures ? records.size() : random.nextInt(records.size() + 1);
      for (Written record : records.subList(0, count)) {
        published.add(record.output());
        if (!ghost.isEmpty() && random.nextInt(3) == 0) {
          published.add(ghost.get(0).output());
          ghost = ghost.subList(1, ghost.size());
        }
      }
      ghost = records.subList(count, records.size());
      // A checkpoint completes only when all that lies before it is with the broker.
      int reached = count == 0 ? from : records.get(count - 1).items();
      from += random.nextInt(Math.max(1, reached - from + 1));
    }
  }

  private List<Written> attempt(int attempt, int from) {
    List<Written> records = new ArrayList<>();
    boolean anew = true;
    long encodedEpoch = -1;
    long epoch = session.get(Math.min(from, session.size() - 1)).epoch();
    // A checkpoint behind a frame that was held back holds the interrupt too.
    boolean interrupted = firstHeldBack.getOrDefault(epoch, Integer.MAX_VALUE) < from;
    long heldBackEpoch = interrupted ? epoch : -1;
    firstHeldBack.keySet().removeIf(other -> !interrupted || other != epoch);
    if (attempt > 0) {
      records.add(new Written(from, output(epoch, attempt, new RestoredMark(5L, 0L))));
    }
    for (int i = from; i < session.size(); i++) {
      Item item = session.get(i);
      Object body = item.body();
      if (body instanceof EncodedFrame frame) {
        boolean video = frame.getTrack() == Track.VIDEO;
        boolean key = video && (anew || item.epoch() != encodedEpoch);
        if (video) {
          anew = false;
          encodedEpoch = item.epoch();
        }
        // From the moment at which the interrupt overtakes it, nothing of the epoch leaves.
        if (mayBeHeldBack.contains(id(frame)) && random.nextInt(4) == 0) {
          heldBackEpoch = item.epoch();
          firstHeldBack.putIfAbsent(heldBackEpoch, i);
        }
        if (heldBackEpoch == item.epoch()) {
          continue;
        }
        body = EncodedFrame.newBuilder(frame).setKeyFrame(!video || key).build();
      }
      records.add(new Written(i + 1, output(item.epoch(), attempt, body)));
    }
    return records;
  }

  private static SessionOutput output(long epoch, int attempt, Object body) {
    return new SessionOutput(
        KEY, epoch, attempt, body instanceof EncodedFrame ? body : new StreamMark(body));
  }

  private static EncodedFrame frame(Track track, long index, long block) {
    return EncodedFrame.newBuilder()
        .setTrack(track)
        .setIndex(index)
        .setPts(index)
        .setDuration(1)
        .setKeyFrame(false)
        .setPayload(ByteBuffer.wrap(new byte[] {1}))
        .setAudioFirstSample(0)
        .setAudioSampleCount(0)
        .setFlags(FrameFlags.newBuilder().build())
        .setBlock(block)
        .setTrace(FrameTrace.newBuilder().build())
        .build();
  }

  private static SessionParameters parameters(long block) {
    return SessionParameters.newBuilder().setSteps((int) block + 1).build();
  }

  private static OpenMark open() {
    return OpenMark.newBuilder()
        .setCodec(VideoCodec.H264)
        .setProfile("avc1.42c01f")
        .setWidth(64)
        .setHeight(64)
        .setFpsNumerator(25)
        .setFramesPerBlock(FRAMES_PER_BLOCK)
        .setMediaSampleRate(16_000)
        .setPackName("probe")
        .setPackDigest("00")
        .setSeed(1)
        .build();
  }
}
