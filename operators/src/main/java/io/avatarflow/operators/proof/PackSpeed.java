package io.avatarflow.operators.proof;

import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.pack.PackException;
import io.avatarflow.operators.pack.PackManifest;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.Map;

/**
 * How many frames a second one session of a pack makes on one core: every graph and the engine's
 * work around them, from samples to pictures, without encoding.
 *
 * <p>All of it runs on the calling thread when the pack was loaded with one thread for an operator.
 *
 * @param wall frames a second by the clock
 * @param processor frames a second of the calling thread's processor time, which says what an
 *     undisturbed core would do on a machine that others use too
 */
public record PackSpeed(double wall, double processor) {
  private static final int WARM_UP_BLOCKS = 8;

  /**
   * Measures once, on the pack's proof audio and its first identity.
   *
   * @param steps denoising steps, of pictures and of motion
   * @param blocks how many to measure, after a few that are not
   * @throws PackException if the pack has no proof audio or no identity
   */
  public static PackSpeed measure(ModelPack pack, int steps, int blocks) {
    PackManifest manifest = pack.manifest();
    if (manifest.proof() == null || manifest.identities().isEmpty()) {
      throw new PackException(
          "Pack \"%s\" has no proof audio or no identity to measure with; seal it by `avatarflow pack seal`."
              .formatted(manifest.name()));
    }
    byte[] pcm =
        pack.bytes(Path.of(manifest.proof().file()).resolveSibling(ProofVectors.AUDIO).toString());
    String identity = manifest.identities().keySet().iterator().next();
    ProofVectors.Vector vector =
        new ProofVectors.Vector("speed", identity, 1, steps, steps, Map.of(), "");
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    try (ProofSession session = new ProofSession(pack, pack::runner, vector, pcm)) {
      for (int i = 0; i < WARM_UP_BLOCKS; i++) {
        session.run(i, (stage, block) -> {});
      }
      long processor = threads.getCurrentThreadCpuTime();
      long clock = System.nanoTime();
      for (int i = 0; i < blocks; i++) {
        session.run(WARM_UP_BLOCKS + i, (stage, block) -> {});
      }
      double frames = (double) blocks * manifest.clock().framesPerBlock();
      double wall = frames * 1e9 / (System.nanoTime() - clock);
      return new PackSpeed(
          wall, frames * 1e9 / Math.max(1, threads.getCurrentThreadCpuTime() - processor));
    }
  }
}
