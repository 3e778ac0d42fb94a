package io.avatarflow.jobs.graph;

import io.avatarflow.jobs.client.BundledOpen;
import io.avatarflow.operators.host.Worker;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.pack.PackManifest;
import io.avatarflow.operators.stage.Origin;
import io.avatarflow.operators.stage.PlainLoop;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Stage;
import io.avatarflow.schemas.AudioChunk;
import io.avatarflow.schemas.AudioEncoding;
import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionInput;
import io.avatarflow.schemas.SessionSource;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A short session of nobody that a process plays to itself when a pack comes to it, so that classes
 * and natives are loaded, graphs are open and code is compiled before a real session moves in: a
 * subtask that recovers beside an idle one would otherwise keep its viewers waiting for all that.
 *
 * <p>Its frames go nowhere. Runs once for each pack and process, on a daemon thread of its own.
 */
final class Rehearsal implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);
  private static final String KEY = "avatarflow/rehearsal";
  private static final int BLOCKS = 6;
  private static final Set<String> DONE = new HashSet<>();

  private final GraphSettings settings;
  private final ModelPack pack;

  private Rehearsal(GraphSettings settings, ModelPack pack) {
    this.settings = settings;
    this.pack = pack;
  }

  /** Starts one unless this process knows the pack. */
  static void begin(GraphSettings settings, ModelPack pack) {
    synchronized (DONE) {
      if (pack.manifest().identities().isEmpty() || !DONE.add(pack.digest())) {
        return;
      }
    }
    Thread thread = new Thread(new Rehearsal(settings, pack), "avatar-rehearsal");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void run() {
    long start = System.nanoTime();
    try {
      int records = play();
      LOG.info(
          "Rehearsed pack {}: {} records in {} ms.",
          pack.manifest().name(),
          records,
          (System.nanoTime() - start) / 1_000_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.warn("Pack {} was not rehearsed; first sessions start slower.", settings.pack(), e);
    }
  }

  /** Plays the session and returns how many records left the graph. */
  private int play() throws Exception {
    List<Stage<?>> stages = Graph.stages(settings.forRehearsal()).create(Worker.LOCAL);
    List<PlainLoop<?>> loops = new ArrayList<>();
    try {
      stages.forEach(stage -> loops.add(new PlainLoop<>(stage)));
      return play(loops);
    } finally {
      loops.forEach(PlainLoop::close);
      stages.forEach(Stage::close);
    }
  }

  private int play(List<PlainLoop<?>> loops) {
    SessionInfo session =
        new SessionInfo(
            KEY, "", "", 0, new SessionInfo.VideoSettings(64, 64, "H264", 1), true, new byte[0]);
    int left = 0;
    long offset = 0;
    for (Object body : script()) {
      SessionInput input = new SessionInput(KEY, 0L, body);
      SessionRecord record =
          new SessionRecord.Input(KEY, input, new Origin("rehearsal", 0, offset++, 0));
      List<SessionRecord> records = List.of(record);
      for (PlainLoop<?> loop : loops) {
        List<SessionRecord> next = new ArrayList<>();
        for (SessionRecord each : records) {
          session = each instanceof SessionRecord.Start opened ? opened.info() : session;
          next.addAll(loop.accept(session, each));
        }
        records = next;
      }
      left += records.size();
    }
    return left;
  }

  private List<Object> script() {
    PackManifest manifest = pack.manifest();
    int rate = manifest.audio().sampleRate();
    int samples = BLOCKS * rate * manifest.clock().framesPerBlock() / manifest.clock().fps();
    ByteBuffer tone = ByteBuffer.allocate(2 * samples);
    for (int i = 0; i < samples; i++) {
      short value = (short) (8_000 * StrictMath.sin(2 * Math.PI * 220 * i / rate));
      tone.put((byte) value).put((byte) (value >> 8));
    }
    String identity = manifest.identities().keySet().iterator().next();
    return List.of(
        BundledOpen.of(manifest.name(), pack.digest(), identity, 0, SessionSource.RECORDED),
        AudioChunk.newBuilder()
            .setEpoch(0)
            .setFirstSample(0)
            .setSampleRate(rate)
            .setChannels(1)
            .setEncoding(AudioEncoding.PCM_S16LE)
            .setPayload(tone.flip())
            .build(),
        SessionClose.newBuilder().setMode(CloseMode.DRAIN).build());
  }
}
