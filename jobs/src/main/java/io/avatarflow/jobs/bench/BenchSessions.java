package io.avatarflow.jobs.bench;

import io.avatarflow.jobs.client.BundledOpen;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOpen;
import io.avatarflow.schemas.SessionSource;
import java.util.ArrayList;
import java.util.List;

/**
 * The sessions that a benchmark plays: what they open with and what they say. Safe for any thread.
 */
public final class BenchSessions {
  private final String pack;
  private final String digest;
  private final List<String> identities;
  private final BundledSpeech speech;

  /** Sessions of a pack that speak the bundled sample. */
  public BenchSessions(ModelPack pack, BundledSpeech speech) {
    this.pack = pack.manifest().name();
    this.digest = pack.digest();
    this.identities = List.copyOf(pack.manifest().identities().keySet());
    this.speech = speech;
  }

  /** One session from its open to its close, as the input topic has it. */
  public record Script(SessionKey key, List<Object> bodies) {}

  /** Key of a session; a key is never used twice in the life of a cell. */
  public static SessionKey key(String run, int session) {
    return new SessionKey("bench", run + "-" + session);
  }

  /** How a session opens; its seed and its face are its number's. */
  public SessionOpen open(int session, SessionSource source) {
    String identity = identities.get(session % identities.size());
    return BundledOpen.of(pack, digest, identity, session, source);
  }

  /** What the sessions say. */
  public BundledSpeech speech() {
    return speech;
  }

  /**
   * Recorded sessions without pauses.
   *
   * @param run distinguishes their keys
   * @param count how many
   * @param seconds of speech of each
   * @param chunkSamples samples of a chunk
   */
  public List<Script> recorded(String run, int count, int seconds, int chunkSamples) {
    List<Script> scripts = new ArrayList<>();
    for (int session = 0; session < count; session++) {
      List<Object> bodies = new ArrayList<>();
      bodies.add(open(session, SessionSource.RECORDED));
      int total = seconds * BundledSpeech.RATE;
      for (int first = 0; first < total; first += chunkSamples) {
        int samples = Math.min(chunkSamples, total - first);
        bodies.add(speech.chunk(session, first, 0, first, samples, false));
      }
      bodies.add(SessionClose.newBuilder().setMode(CloseMode.DRAIN).build());
      scripts.add(new Script(key(run, session), bodies));
    }
    return scripts;
  }
}
