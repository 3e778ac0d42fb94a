package io.avatarflow.jobs.render;

import io.avatarflow.operators.identity.IdentityFile;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.stage.IdentityException;
import io.avatarflow.schemas.BundledIdentity;
import io.avatarflow.schemas.InlineImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The identity that a render asks for: a bundled one by name, or a picture that travels in the
 * record.
 */
final class Portrait {
  private Portrait() {}

  /** A bundled identity if the pack has one of that name, else the file. */
  static Object of(RenderRequest request, ModelPack pack) throws IOException {
    String wanted =
        request.identity().orElseGet(() -> pack.manifest().identities().keySet().iterator().next());
    if (pack.manifest().identities().containsKey(wanted)) {
      return BundledIdentity.newBuilder().setName(wanted).build();
    }
    Path file = Path.of(wanted);
    if (!Files.exists(file) && !wanted.contains(".") && !wanted.contains("/")) {
      throw new IOException(
          "Identity \"%s\" is neither a file nor bundled with pack \"%s\"; it bundles %s."
              .formatted(
                  wanted,
                  pack.manifest().name(),
                  String.join(", ", pack.manifest().identities().keySet())));
    }
    try {
      return InlineImage.newBuilder().setBytes(ByteBuffer.wrap(IdentityFile.inline(file))).build();
    } catch (IdentityException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
