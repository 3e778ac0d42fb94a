package io.avatarflow.jobs.graph;

import io.avatarflow.operators.identity.FaceAligner;
import io.avatarflow.operators.identity.IdentityImages;
import io.avatarflow.operators.identity.IdentityPolicy;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.stage.IdentitySource;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Wires the identities of a pack, the policy and the configured root into what ingest asks. */
public final class Identities {
  private Identities() {}

  /**
   * The identities that sessions of a job may use.
   *
   * @param pack brings the bundled ones along
   * @param policy whether others may be used
   * @param root folder of identity paths; empty for none
   */
  public static IdentitySource of(ModelPack pack, IdentityPolicy policy, Optional<Path> root) {
    Map<String, byte[]> bundled = new LinkedHashMap<>();
    pack.manifest().identities().keySet().forEach(name -> bundled.put(name, pack.identity(name)));
    return new IdentityImages(
        pack.manifest().identity().width(),
        pack.manifest().identity().height(),
        bundled,
        policy,
        root,
        FaceAligner.of(pack));
  }
}
